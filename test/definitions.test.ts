import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const REPOSITORY = new URL('../', import.meta.url);
const EXECUTE = 'packages/core/test/execute/';
const NETWORK = 'packages/core/test/network/';

/** What a definition says, and where it is held: a test by its title, or a sentence that users rely on. */
type Row = readonly [number: string, definition: string, file: string, text: string];

// The exact definitions of the rules of disputes, panels, prices and the chain, each with the test that fails without it.
const DEFINITIONS: readonly Row[] = [
  [
    '1',
    'clocks stand for blocks that moves fill',
    `${EXECUTE}bisection-clocks.test.ts`,
    'stands after blocks in which moves filled half',
  ],
  [
    '2',
    'lanes of plain transactions, answers, disputes',
    `${EXECUTE}block/block-lanes.test.ts`,
    'count their answers that take effect for the part of answers',
  ],
  [
    '2',
    'a challenge finds room',
    `${EXECUTE}block/block-lanes.test.ts`,
    'keep room for a challenge in blocks that others fill',
  ],
  ['3', 'verifiable is fixed at submission', `${EXECUTE}served-lists.test.ts`, 'is fixed at the submission'],
  [
    '4',
    'a part is max(fee, seatFee)',
    `${EXECUTE}economy/parts.test.ts`,
    'of a seat is seatFee where the fee is less',
  ],
  [
    '5',
    'what a result reserves',
    `${EXECUTE}economy/parts.test.ts`,
    'reserves its penalty and the committee',
  ],
  [
    '6',
    'what a penalty takes',
    `${EXECUTE}panel-bounds.test.ts`,
    'never takes more than its obligation reserved',
  ],
  [
    '7',
    'expired transactions of vertices',
    `${EXECUTE}block/vertices.test.ts`,
    'leaves out what has expired, unpaid, and takes no room for it',
  ],
  [
    '8',
    'holders alone are drawn for a network',
    `${EXECUTE}graph-models.test.ts`,
    'is drawn for holders alone',
  ],
  [
    '8',
    'open work bounds assignments',
    `${EXECUTE}graph-terms.test.ts`,
    'a provider holds at most maxOpenWork, and one task of any work',
  ],
  [
    '9',
    'three holders beside owner and requester',
    `${EXECUTE}graph-models.test.ts`,
    'is refused where fewer than three operators',
  ],
  ['9', 'other classes wait', 'docs/decisions.md', 'A task that nobody serves is refused for networks only.'],
  [
    '10',
    'members that are gone',
    'packages/core/test/tx/gone-members.test.ts',
    'no operation and no parameter has a member',
  ],
  ['11', 'M of N', `${EXECUTE}committees.test.ts`, 'has 2M − 1 seats of which M must agree'],
  ['11', 'n is odd, 3 to 15', `${EXECUTE}panels/votes.test.ts`, 'refuse %d seats'],
  [
    '12',
    'the domain of signatures',
    'packages/core/test/tx/eip712.test.ts',
    'type strings are part of the protocol',
  ],
  ['12', 'genesis hash', `${EXECUTE}genesis/genesis.test.ts`, 'changes with every field'],
  [
    '13',
    'seeds',
    `${EXECUTE}seed.test.ts`,
    'is the genesis hash first, then the hash of seed, state root and beacon',
  ],
  [
    '13',
    'a draw keeps its seed',
    `${EXECUTE}assignment/draws.test.ts`,
    'goes on with the seed of the block in which it began',
  ],
  [
    '14',
    'receipts and their tree',
    'packages/core/test/state/receipts-tree/receipts-tree.test.ts',
    'takes 2^40 − 1 leaves and no more',
  ],
  ['15', 'shares by bonds', `${EXECUTE}disputes/convictions.test.ts`, 'share the reward by their bonds'],
  [
    '15',
    'shares of games',
    `${EXECUTE}bisection-crowd.test.ts`,
    'those that convict in one block share the tenth equally',
  ],
  [
    '16',
    'later challenges are refused',
    `${EXECUTE}disputes/convictions.test.ts`,
    'that come a block later are refused and stake nothing',
  ],
  [
    '17',
    'the last block of a deadline',
    `${EXECUTE}bisection-clocks.test.ts`,
    'is in time in the last block of its reserve',
  ],
  ['18', 'sizes of inputs and bodies', 'docs/decisions.md', '**A body is 1 MiB**'],
  [
    '19',
    'no vertex has a challenge or a move',
    'packages/core/test/block/vertex.test.ts',
    "kind: 'disputeMove'",
  ],
  [
    '20',
    'time to draw',
    `${EXECUTE}panels/rounds.test.ts`,
    'is absent drawSlackBlocks after its round began',
  ],
  [
    '21',
    'the longest dispute',
    `${EXECUTE}graph-models.test.ts`,
    'is refused where a dispute would outlast a bond',
  ],
  ['21', 'an open seat holds the bond', `${EXECUTE}panels/rounds.test.ts`, 'holds the bond while it is open'],
  ['22', 'the price of work', `${EXECUTE}graph-terms.test.ts`, 'is paid for its own work'],
  [
    '22',
    'the floor follows the longest answer',
    `${EXECUTE}graph-models.test.ts`,
    'pays at least for the longest answer',
  ],
  ['23', 'the bound of an admission', `${EXECUTE}refusal-table.ts`, 'an admission above its bound'],
  ['24', 'defaults', `${EXECUTE}genesis/genesis.test.ts`, 'accepts its own defaults, number for number'],
  ['25', 'timers of disputes', `${EXECUTE}dispute-timers.test.ts`, 'take the first later height with room'],
  [
    '26',
    'a seat that kernel 5 refutes',
    `${EXECUTE}panels/rounds.test.ts`,
    'is convicted in the block that shows it',
  ],
  [
    '26',
    'right seats are paid without a majority',
    `${EXECUTE}panels.test.ts`,
    'with one right answer among many absent members',
  ],
  ['27', 'networks have no panels', `${EXECUTE}graph-models.test.ts`, 'no network takes a panel'],
  [
    '28',
    'a late provider',
    `${EXECUTE}bisection-clocks.test.ts`,
    'of a late provider convicts it, for two stakes at most',
  ],
  [
    '28',
    'a late challenger',
    `${EXECUTE}bisection-clocks.test.ts`,
    'of a late challenger costs it its stake',
  ],
  ['28', 'a conviction without a right opening', `${EXECUTE}bisection.test.ts`, 'and burns the tenth'],
  ['29', 'no sampling yet', 'SECURITY.md', 'the seed of a sampled answer | not offered in this version'],
  [
    '30',
    'showing that a blob is held',
    `${EXECUTE}graph-models.test.ts`,
    'is of no use to another provider: each opens a leaf of its own',
  ],
  ['31', 'repeats', `${NETWORK}repeat.test.ts`, 'has the trace of the operators written out'],
  ['32', 'counters of operators', `${EXECUTE}served-lists.test.ts`, 'count operators, not providers'],
  [
    '32',
    'a convicted operator counts nowhere',
    `${EXECUTE}providers.test.ts`,
    'count no more among those who serve, from the next blocks on',
  ],
  ['33', 'the end of commitments', `${EXECUTE}panels/rounds.test.ts`, 'never ends before the next block'],
  ['34', 'windows', `${EXECUTE}tee.test.ts`, 'is ⌈W × (200 − score) / 200⌉'],
  [
    '34',
    'windows follow the posted length',
    `${EXECUTE}graph-terms.test.ts`,
    'deadlines follow the longest answer, windows the posted one',
  ],
  ['35', 'facts that operations name', `${EXECUTE}named-facts.test.ts`, 'stale_facts'],
  [
    '36',
    'an error of a total function',
    `${EXECUTE}panels/votes.test.ts`,
    'of a model that has an output for every input is a failure',
  ],
  [
    '37',
    'an undecided committee',
    `${EXECUTE}panel-bounds.test.ts`,
    'whose members all differ pays nobody and costs the challenger one part',
  ],
  ['38', 'least fees', `${EXECUTE}economy/least-fee.test.ts`, 'counts from the next epoch on'],
  [
    '39',
    'the queue of the kernels',
    `${EXECUTE}kernel-rounds.test.ts`,
    'are applied oldest first, kernelOpsPerBlock in a block',
  ],
  [
    '40',
    'cancelling',
    `${EXECUTE}panel-bounds.test.ts`,
    'cannot be cancelled: members may have done the work',
  ],
  [
    '41',
    'bytes of a vertex that execute',
    `${EXECUTE}block/vertices.test.ts`,
    'of which less than a quarter would be executed is not carried',
  ],
  ['42', 'the hash of a root', `${NETWORK}game.test.ts`, 'hashGameRoot(parameters)'],
  ['43', 'layers', `${NETWORK}vectors.test.ts`, 'cover every kind of layer'],
  ['43', 'what a layer refuses', `${NETWORK}refusals.test.ts`, 'a factor of 0'],
  [
    '44',
    'what a reveal shows',
    `${NETWORK}game.test.ts`,
    'has each node of its level below one node, and no other',
  ],
  ['45', 'a flood that silences members', 'SECURITY.md', "q' = q (2 − q)"],
  [
    '45',
    'what a receipt of an opaque model is worth',
    'SECURITY.md',
    'a receipt of a small panel is worth its price, not a proof',
  ],
  [
    '46',
    'challenges of one block share',
    `${EXECUTE}disputes/convictions.test.ts`,
    'does not take the reward from a right challenge of the dear one in the same block',
  ],
  [
    '46',
    'the depth of a proof',
    'packages/core/test/state/receipts-tree/receipts-tree.test.ts',
    'never prove an inner node as a leaf, with fewer siblings or more',
  ],
  [
    '47',
    'admission is burned',
    `${EXECUTE}tasks.test.ts`,
    'returns its escrow and not its admission when it is cancelled',
  ],
  [
    '50',
    'leaving providers judge on',
    `${EXECUTE}assignment/leaving.test.ts`,
    'judges for as long as a window and the longest panel take',
  ],
  [
    '51',
    'without a majority',
    `${EXECUTE}panels/votes.test.ts`,
    'pays half to the largest groups of at least two',
  ],
  [
    '52',
    'a quarter of the least bond',
    `${EXECUTE}assignment/seats.test.ts`,
    'leaves out members whose bond is below a quarter',
  ],
  ['53', 'what a watcher stakes', 'SECURITY.md', 'a watcher should stake\n  minProviderBond'],
  ['54', 'what a watcher of networks keeps', 'SECURITY.md', '2.7 · 10^17'],
  ['55', 'what a producer can choose', 'SECURITY.md', 'the leaf that a holder opens | the id of a block'],
  ['56', 'access is not storage', 'SECURITY.md', 'it proves access, and never storage'],
  [
    '57',
    'who waits is called once in 32 blocks',
    `${EXECUTE}assignment/back-off.test.ts`,
    'is called by a list at most once in 32 blocks',
  ],
  ['58', 'ids of tasks', 'SECURITY.md', 'choose random ids'],
];

/** Numbers that nothing has. */
const LAST = 58;
const NONE = new Set([48, 49]);

describe('every exact definition', () => {
  it('has a row', () => {
    const numbers = new Set(DEFINITIONS.map(([number]) => Number(number)));
    for (let number = 1; number <= LAST; number++)
      expect([number, numbers.has(number)]).toEqual([number, !NONE.has(number)]);
  });

  it.each(DEFINITIONS)('%s, %s', (_number, _definition, file, text) => {
    expect(readFileSync(new URL(file, REPOSITORY), 'utf8')).toContain(text);
  });
});
