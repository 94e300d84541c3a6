import type { ErrorCode } from '@aivm/core/errors';
import type { Operation } from '@aivm/core/tx';
import { SEAT_FACTS } from './named-facts.ts';
import {
  alice,
  BOND,
  bob,
  carol,
  challenge,
  dave,
  eve,
  frank,
  inputOf,
  mallory,
  poor,
  registerModel,
  registerProvider,
  rightOutput,
  submitResult,
  submitTask,
  WDBC_WEIGHTS,
  wrongOutput,
  ZERO_HASH,
} from './scenario.ts';
import type { Person } from './test-chain.ts';

/** A refusal: the code that a block records when `by` does `operation` in the world of refusals. */
export type Row = readonly [why: string, code: ErrorCode, by: Person, operation: Operation];

const NO_BYTES = new Uint8Array();
const ONE_HASH = new Uint8Array(32).fill(1);
const update = (id: string, wallet = bob.address, leastFee = 0n): Operation => ({
  kind: 'updateProvider',
  id,
  walletAddress: wallet,
  endpoint: '',
  gpus: [],
  leastFee,
});
/** An int8 model of the right form, changed by `more`. */
const newWeights = (id: string): Operation => ({
  kind: 'updateModelWeights',
  id,
  weights: NO_BYTES,
  weightHash: ONE_HASH,
});
const commitResult = (taskId: string, provider: string): Operation => ({
  kind: 'commitResult',
  taskId,
  provider,
  ...SEAT_FACTS,
  commitment: ONE_HASH,
});
export const kernelModel = (more: Parameters<typeof registerModel>[1]): Operation =>
  registerModel('k', {
    checkClass: 1,
    deterministic: true,
    weights: WDBC_WEIGHTS,
    weightHash: ZERO_HASH,
    ...more,
  });

/** Refusals that one operation meets by itself. */
export const rows: readonly Row[] = [
  [
    'more than the balance',
    'insufficient_balance',
    poor,
    { kind: 'transfer', to: bob.address, amount: BOND },
  ],

  ['a provider id with a space', 'malformed', carol, registerProvider(carol, 'p carol')],
  ['an empty provider id', 'malformed', carol, registerProvider(carol, '')],
  [
    'the zero wallet',
    'malformed',
    carol,
    registerProvider(carol, 'p', { walletAddress: new Uint8Array(20) }),
  ],
  ['a taken provider id', 'id_taken', carol, registerProvider(carol, 'p-bob')],
  ['the id of a convicted provider', 'id_taken', carol, registerProvider(carol, 'p-mallory')],
  ['a convicted operator', 'provider_slashed', mallory, registerProvider(mallory, 'p-again')],
  ['one provider too many', 'provider_limit', bob, registerProvider(bob, 'p-second')],
  [
    'a provider that names models beside one that names none',
    'mixed_lists',
    bob,
    registerProvider(bob, 'p-named', { models: ['qwen3-8b'] }),
  ],
  ['too small a bond', 'insufficient_bond', carol, registerProvider(carol, 'p', { bond: BOND - 1n })],
  ['a bond that it has not', 'insufficient_balance', poor, registerProvider(poor, 'p')],
  ['a model twice', 'malformed', carol, registerProvider(carol, 'p', { models: ['qwen3-8b', 'qwen3-8b'] })],
  ['a model that is not there', 'unknown_model', carol, registerProvider(carol, 'p', { models: ['nope'] })],
  [
    'the list of those that serve all',
    'unknown_model',
    carol,
    registerProvider(carol, 'p', { models: [''] }),
  ],

  ['an update of nobody', 'provider_not_found', bob, update('p-nobody')],
  ["an update of another's provider", 'forbidden', carol, update('p-bob')],
  ['an update of one that leaves', 'wrong_state', frank, update('p-frank')],
  ['an update of a convicted one', 'provider_slashed', mallory, update('p-mallory')],
  ['a least fee that no task pays', 'fee_too_high', bob, update('p-bob', bob.address, BOND / 80n + 1n)],
  ['an update to the zero wallet', 'malformed', bob, update('p-bob', new Uint8Array(20))],

  ['a heartbeat of nobody', 'provider_not_found', bob, { kind: 'heartbeat', id: 'p-nobody' }],
  ["another's heartbeat", 'forbidden', carol, { kind: 'heartbeat', id: 'p-bob' }],
  ['a heartbeat of one that leaves', 'wrong_state', frank, { kind: 'heartbeat', id: 'p-frank' }],
  ['a heartbeat of a convicted one', 'provider_slashed', mallory, { kind: 'heartbeat', id: 'p-mallory' }],

  ["more bond on another's provider", 'forbidden', carol, { kind: 'addBond', id: 'p-bob', amount: 1n }],
  [
    'more bond than the balance',
    'insufficient_balance',
    dave,
    { kind: 'addBond', id: 'p-dave', amount: BOND },
  ],
  ['more bond on one that leaves', 'wrong_state', frank, { kind: 'addBond', id: 'p-frank', amount: 1n }],

  ["to unbond another's provider", 'forbidden', carol, { kind: 'beginUnbond', id: 'p-bob' }],
  ['to unbond twice', 'duplicate', frank, { kind: 'beginUnbond', id: 'p-frank' }],
  ['to withdraw before unbonding', 'wrong_state', bob, { kind: 'withdrawBond', id: 'p-bob' }],
  ['to withdraw too early', 'bond_reserved', frank, { kind: 'withdrawBond', id: 'p-frank' }],
  ['to withdraw what was forfeited', 'duplicate', mallory, { kind: 'withdrawBond', id: 'p-mallory' }],

  ['a model id with a slash', 'malformed', carol, registerModel('a/b')],
  ['a taken model id', 'id_taken', carol, registerModel('qwen3-8b')],
  ['an opaque model with weights', 'malformed', carol, registerModel('m', { weights: Uint8Array.of(1) })],
  [
    'an opaque model without a weight hash',
    'malformed',
    carol,
    registerModel('m', { weightHash: ZERO_HASH }),
  ],
  ['an unknown check class', 'not_supported', carol, registerModel('m', { checkClass: 3 })],
  ['an int8 model of 597 bytes', 'malformed', carol, kernelModel({ weights: WDBC_WEIGHTS.slice(1) })],
  ['an int8 model with a header', 'malformed', carol, kernelModel({ header: Uint8Array.of(1) })],
  ['an int8 model with a weight hash', 'malformed', carol, kernelModel({ weightHash: ONE_HASH })],
  ['an int8 model that is not deterministic', 'malformed', carol, kernelModel({ deterministic: false })],
  ['a model without its deposit', 'insufficient_balance', poor, registerModel('m')],

  ['a fee below the floor', 'fee_too_low', alice, submitTask('t', { fee: 999_999n })],
  [
    'a fee that the least bond does not cover four times',
    'fee_too_high',
    alice,
    submitTask('t', { fee: BOND / 80n + 1n }),
  ],
  ['a task id with a slash', 'malformed', alice, submitTask('a/b')],
  ['a taken task id', 'id_taken', alice, submitTask('done')],
  ['an unknown kind of work', 'invalid_task', alice, submitTask('t', { taskType: 'dreaming' })],
  ['an unknown model', 'unknown_model', alice, submitTask('t', { model: 'nope' })],
  [
    'an input above maxInputBytes',
    'too_large',
    alice,
    submitTask('t', { model: 'opaque-plain', input: new Uint8Array(1_001) }),
  ],
  ['an input of 31 int8', 'invalid_input', alice, submitTask('t', { input: new Uint8Array(31) })],
  ["a mode that is the chain's to choose", 'not_supported', alice, submitTask('t', { mode: 2 })],
  ['a mode that nobody knows', 'not_supported', alice, submitTask('t', { mode: 3 })],
  ['tokens of what is no decoder', 'invalid_task', alice, submitTask('t', { maxNew: 1 })],
  ['an admission above its bound', 'admission_too_dear', alice, submitTask('t', { maxAdmission: 1n })],
  ['an n without redundancy', 'malformed', alice, submitTask('t', { n: 5 })],
  ['half of the seats', 'out_of_range', alice, submitTask('t', { mode: 1, n: 4 })],
  ['one seat', 'out_of_range', alice, submitTask('t', { mode: 1, n: 1 })],
  ['seventeen seats', 'out_of_range', alice, submitTask('t', { mode: 1, n: 17 })],
  [
    'redundancy of what cannot be compared',
    'not_verifiable',
    alice,
    submitTask('t', { mode: 1, model: 'qwen3-8b', input: new Uint8Array(2) }),
  ],

  ['weights of nothing', 'not_found', alice, newWeights('nope')],
  ["another's weights", 'forbidden', alice, newWeights('wdbc-int8')],
  [
    'the licence of nothing',
    'not_found',
    alice,
    { kind: 'updateModelLicense', id: 'nope', licenseRoot: ONE_HASH },
  ],
  ["another's model", 'forbidden', alice, { kind: 'transferModel', id: 'wdbc-int8', owner: alice.address }],

  ['a commitment to nothing', 'task_not_found', bob, commitResult('nope', 'p-bob')],
  ['a commitment where nobody asked', 'wrong_state', bob, commitResult('held', 'p-bob')],
  ['a commitment after the end', 'too_late', bob, commitResult('done', 'p-bob')],
  ["a commitment in another's name", 'forbidden', carol, commitResult('held', 'p-bob')],
  ['a commitment of a convicted one', 'provider_slashed', mallory, commitResult('held', 'p-mallory')],
  [
    'too late a deadline',
    'out_of_range',
    alice,
    submitTask('t', { fee: 10n ** 9n, deadlineBlocks: 10_001n }),
  ],
  ['a fee that it has not', 'insufficient_balance', poor, submitTask('t', { fee: 10n ** 15n })],

  ['to cancel nothing', 'task_not_found', alice, { kind: 'cancelTask', taskId: 'nope' }],
  ["to cancel another's task", 'forbidden', alice, { kind: 'cancelTask', taskId: 'lonely' }],
  ['to cancel an assigned task', 'wrong_state', alice, { kind: 'cancelTask', taskId: 'held' }],
  ['to cancel a completed task', 'wrong_state', alice, { kind: 'cancelTask', taskId: 'done' }],
  ['to cancel twice', 'wrong_state', alice, { kind: 'cancelTask', taskId: 'cancelled' }],

  ['a result of nothing', 'task_not_found', bob, submitResult('nope', 'p-bob')],
  ['a result by nobody', 'provider_not_found', bob, submitResult('held', 'p-nobody')],
  ["a result in another's name", 'forbidden', carol, submitResult('held', 'p-bob')],
  ['a result of a task it was not drawn for', 'forbidden', dave, submitResult('held', 'p-dave')],
  ['a result of a task that was taken away', 'too_late', dave, submitResult('retried', 'p-dave')],
  ['a second result', 'duplicate', bob, submitResult('posted', 'p-bob')],
  ['a result of a completed task', 'duplicate', bob, submitResult('done', 'p-bob')],
  ['a result of a convicted provider', 'provider_slashed', mallory, submitResult('held', 'p-mallory')],
  [
    'an output above maxOutputBytes',
    'too_large',
    bob,
    submitResult('held', 'p-bob', { output: new Uint8Array(1_001) }),
  ],
  [
    'an output of two int8',
    'invalid_input',
    bob,
    submitResult('held', 'p-bob', { output: new Uint8Array(2) }),
  ],
  ['an output of nothing', 'invalid_input', bob, submitResult('held', 'p-bob', { output: NO_BYTES })],
  ['an output and an error', 'malformed', bob, submitResult('held', 'p-bob', { error: 'no' })],
  ['a result of another attempt', 'stale_facts', bob, submitResult('held', 'p-bob', { attempt: 9 })],
  ['a result for another input', 'stale_facts', bob, submitResult('held', 'p-bob', { inputHash: ONE_HASH })],
  ['a result by other weights', 'stale_facts', bob, submitResult('held', 'p-bob', { weightHash: ONE_HASH })],

  ['a challenge of nothing', 'task_not_found', eve, challenge('nope')],
  ['a challenge before a result', 'wrong_state', eve, challenge('held')],
  ['a challenge after the window', 'too_late', eve, challenge('done')],
  ['a challenge of a cancelled task', 'too_late', eve, challenge('cancelled')],
  ['a challenge that nobody can judge', 'not_verifiable', eve, challenge('plain')],
  ['a challenge where too few could judge', 'not_verifiable', eve, challenge('agreed')],
  [
    'a challenge without bond',
    'insufficient_bond',
    eve,
    challenge('posted', { output: wrongOutput(inputOf(1)), bond: 0n }),
  ],
  [
    'a challenge with too much bond',
    'out_of_range',
    eve,
    challenge('posted', { output: wrongOutput(inputOf(1)), bond: BOND + 1n }),
  ],
  [
    'a challenge with a bond that it has not',
    'insufficient_balance',
    poor,
    challenge('posted', { output: wrongOutput(inputOf(1)) }),
  ],
  ['a challenge of another attempt', 'stale_facts', eve, challenge('posted', { attempt: 9 })],
  ['a challenge of another panel', 'stale_facts', eve, challenge('posted', { panel: 1 })],
  ['a challenge for another input', 'stale_facts', eve, challenge('posted', { inputHash: ONE_HASH })],
  ['a challenge by other weights', 'stale_facts', eve, challenge('posted', { weightHash: ONE_HASH })],
  ['a challenge of another result', 'stale_facts', eve, challenge('posted', { postedHash: ONE_HASH })],
  ['a claim of two int8', 'invalid_input', eve, challenge('posted', { output: new Uint8Array(2) })],
  [
    'a claim equal to the result',
    'invalid_input',
    eve,
    challenge('posted', { output: rightOutput(inputOf(1)) }),
  ],

  ['rewards of nobody', 'provider_not_found', bob, { kind: 'claimRewards', provider: 'p-nobody' }],
  ["another's rewards", 'forbidden', carol, { kind: 'claimRewards', provider: 'p-bob' }],
];
