import {
  GameTurn,
  ProviderStatus,
  readAccount,
  readChain,
  readGame,
  readProvider,
  readTrial,
  Settlement,
  TaskStatus,
} from '@aivm/core/state';
import { describe, expect, it } from 'vitest';
import {
  leafCountOf,
  type Move,
  type Network,
  type NetworkHeader,
  runNetwork,
  shapeOf,
  sizeOf,
  tensorOffset,
  treeDepth,
} from '../../src/network/index.ts';
import { randomUnit } from '../network/support/liar.ts';
import { Random } from '../network/support/random.ts';
import { randomHeader, randomTask } from '../network/support/random-graph.ts';
import {
  answerOf,
  challengeGame,
  commitOf,
  honestJob,
  type Job,
  lyingTrace,
  moveOf,
  ownTrace,
  playGame,
  postAnswer,
  revealOf,
  SALT,
  statusOf,
} from './game-players.ts';
import { chainWithGraph, GRAPH_GENESIS, modelOf, watchers } from './graph-scenario.ts';
import { BOND, taskOf } from './scenario.ts';
import type { Person, TestChain } from './test-chain.ts';

const [eve, frank, _grace] = watchers as [Person, Person, Person];
const STAKE = 10n ** 18n / 64n;
const balanceOf = (chain: TestChain, { address }: Person): bigint =>
  readAccount(chain.state, address).balance;
const lastFee = (chain: TestChain): bigint => chain.last.outcomes[0]?.burned ?? 0n;

/** The first random job of a form whose trace needs at least so many levels. */
function jobOf(form: NetworkHeader['form'], depth = 0): Job {
  for (let seed = 0; ; seed++) {
    const random = new Random(seed);
    const header = randomHeader(random, random.int(2, 8), depth > 3);
    if (header.form !== form) continue;
    const { input, blob, network } = randomTask(random, header);
    if (treeDepth(leafCountOf(network.traceBytes)) < depth) continue;
    const prompt = form === 'decoder' ? Math.max(1, header.maxT - header.maxNew) : header.maxT;
    const tokens = new Uint32Array(prompt + 1);
    tokens.set(input.tokens.subarray(0, prompt + 1));
    return honestJob(modelOf(header, blob), { ...input, tokens }, prompt);
  }
}

const shallow = jobOf('map');
const deep = jobOf('map', 5);
const lieAbout = (job: Job) => lyingTrace(job, randomUnit(job.network, new Random(1)), 0);

/** A result of `job`, honest or a lie, that `eve` has challenged. */
function challenged(job: Job, isHonest: boolean, genesis: Record<string, unknown> = GRAPH_GENESIS) {
  const chain = chainWithGraph(job.model, genesis);
  const { trace, honest, output } = lieAbout(job);
  const { provider, operator } = postAnswer(chain, job, isHonest ? job.output : output);
  const accused = { by: operator, trace: isHonest ? honest : trace };
  const accuser = { by: eve, trace: isHonest ? trace : honest };
  chain.must(eve, challengeGame(chain, eve, accuser.trace.tree.root));
  return { chain, provider, accused, accuser, job };
}

describe('a challenge of a network’s result', () => {
  it('opens a trial: its stake is held, and the provider owes a commitment', () => {
    const { chain, provider } = challenged(shallow, true);
    expect(chain.supply().challenges).toBe(STAKE);
    expect(taskOf(chain, 't').settlement).toBe(Settlement.disputed);
    const { work } = taskOf(chain, 't');
    expect(work).toBeGreaterThan(0n);
    const due = chain.height + 1;
    expect(readTrial(chain.state, 't')).toMatchObject({
      provider,
      attempt: 1,
      work,
      challenges: 1,
      playing: [0],
      committed: false,
      commitDue: due,
      traceBytes: 0,
      timer: { height: due + 4 + 7 + 1 },
    });
    expect(readProvider(chain.state, provider)?.commitDue).toBe(due);
    expect(readGame(chain.state, 't', 0)).toMatchObject({ stake: STAKE, turn: GameTurn.nobody });
  });

  it('stakes more with every number, and not more than it agrees to', () => {
    const { chain } = challenged(shallow, true);
    const root = new Uint8Array(32).fill(1);
    expect(chain.apply(eve, challengeGame(chain, eve, root, { bond: 2n * STAKE - 1n }))).toBe(
      'insufficient_bond',
    );
    for (const number of [2n, 3n, 4n]) {
      const before = balanceOf(chain, frank);
      chain.must(frank, challengeGame(chain, frank, root, { bond: number * STAKE }));
      expect(before - balanceOf(chain, frank)).toBe(number * STAKE + lastFee(chain));
    }
  });

  it.each<[string, string, Parameters<typeof challengeGame>[3]]>([
    ['an output', 'malformed', { output: Uint8Array.of(1) }],
    ['no commitment', 'malformed', { rootCommitment: new Uint8Array(32) }],
    ['a task that is not there', 'task_not_found', { taskId: 'u' }],
  ])('with %s is refused: %s', (_name, code, more) => {
    const { chain } = challenged(shallow, true);
    const operation = { ...challengeGame(chain, frank, SALT), ...more };
    expect(chain.apply(frank, operation)).toBe(code);
  });

  it('is refused once the window is over', () => {
    const chain = chainWithGraph(shallow.model);
    postAnswer(chain, shallow, shallow.output);
    const { finalAtHeight } = taskOf(chain, 't');
    chain.mineUntil(finalAtHeight - 2);
    expect(chain.build([chain.sign(eve, challengeGame(chain, eve, SALT))]).result.outcomes[0]?.code).toBe('');
    chain.mine();
    expect(chain.apply(eve, challengeGame(chain, eve, SALT))).toBe('too_late');
  });
});

describe('a game that is played', () => {
  it.each([
    ['shallow', shallow, ['commit', 'witness']],
    ['deep', deep, ['commit', 'point', 'reveal', 'witness']],
  ] as const)('in a %s tree takes as few moves as its depth asks', (_name, job, moves) => {
    const { chain, provider, accused, accuser } = challenged(job, false);
    const before = balanceOf(chain, eve);
    expect(playGame(chain, job, { provider: accused, challenger: accuser })).toEqual(moves);
    expect(statusOf(chain, provider)).toBe(ProviderStatus.slashed);
    const gain = balanceOf(chain, eve) - before;
    expect(gain).toBeGreaterThan(BOND / 10n);
    expect(gain).toBeLessThan(BOND / 10n + STAKE);
    expect(taskOf(chain, 't')).toMatchObject({ status: TaskStatus.pending, error: 'challenge_upheld' });
  });

  it('gives a challenger whose own root was another nothing but its stake, and burns the tenth', () => {
    const chain = chainWithGraph(shallow.model);
    const { trace, honest, output } = lieAbout(shallow);
    const { operator } = postAnswer(chain, shallow, output);
    const before = balanceOf(chain, eve);
    chain.must(eve, challengeGame(chain, eve, trace.tree.root));
    playGame(chain, shallow, {
      provider: { by: operator, trace },
      challenger: { by: eve, trace: honest },
    });
    expect(chain.last.events.filter(({ kind }) => kind === 'conviction')).toMatchObject([
      { rewarded: 0n, burned: BOND },
    ]);
    expect(before - balanceOf(chain, eve)).toBeLessThan(10n ** 11n);
  });

  it('that the provider wins gives it half of the stake, and burns the other half', () => {
    const { chain, provider, accused, accuser, job } = challenged(deep, true);
    const before = { own: balanceOf(chain, accused.by), burned: readChain(chain.state).burned };
    const moves = playGame(chain, job, { provider: accused, challenger: accuser });
    expect(moves).toEqual(['commit', 'point', 'reveal', 'witness']);
    expect(balanceOf(chain, accused.by) - before.own).toBeGreaterThan(STAKE / 2n - 10n ** 11n);
    expect(readChain(chain.state).burned - before.burned).toBeGreaterThan(STAKE / 2n);
    expect(statusOf(chain, provider)).toBe(ProviderStatus.active);
    chain.mineUntil(taskOf(chain, 't').finalAtHeight);
    expect(taskOf(chain, 't').settlement).toBe(Settlement.final);
  });

  it('about the padding of a tensor convicts as any other: it is zero', () => {
    const { network, model, input, output } = shallow;
    const honest = runNetwork(network, model.blob, input).bytes;
    const tensor = Array.from({ length: network.tensorCount }, (_, i) => i).find(
      (i) => sizeOf(shapeOf(network, i)) % 128 !== 0,
    )!;
    const size = sizeOf(shapeOf(network, tensor));
    const bytes = Uint8Array.from(honest);
    bytes[tensorOffset(network, tensor) + size] = 1;
    const chain = chainWithGraph(model);
    const { provider, operator } = postAnswer(chain, shallow, output);
    chain.must(eve, challengeGame(chain, eve, ownTrace(network, honest).tree.root));
    const accused = { by: operator, trace: ownTrace(network, bytes) };
    const isOutput = tensor === network.tensorCount - 1;
    expect(isOutput).toBe(false);
    playGame(chain, shallow, {
      provider: accused,
      challenger: { by: eve, trace: ownTrace(network, honest) },
    });
    expect(statusOf(chain, provider)).toBe(ProviderStatus.slashed);
    expect(chain.last.events).toContainEqual(
      expect.objectContaining({ kind: 'conviction', rewarded: BOND / 10n }),
    );
  });
});

/** Every move that does not fit, at a point of a game where another one is due. */
function misfits(_chain: TestChain, network: Network, good: Move): readonly [string, Move][] {
  const flip = (bytes: Uint8Array): Uint8Array => bytes.map((byte, i) => (i === 0 ? byte ^ 1 : byte));
  if (good.move === 'commit')
    return [
      ['malformed', { ...good, entries: flip(good.entries) }],
      ['malformed', { ...good, entries: good.entries.slice(32) }],
      ['malformed', { ...good, outputSiblings: Uint8Array.of(...good.outputSiblings, ...SALT) }],
    ];
  if (good.move === 'point')
    return [
      ['malformed', { ...good, index: 2 ** 40 }],
      ['malformed', { move: 'point', index: treeDepth(leafCountOf(network.traceBytes)) + 10_000 }],
    ];
  if (good.move === 'reveal')
    return [
      ['malformed', { ...good, entries: flip(good.entries) }],
      ['malformed', { ...good, siblings: flip(good.siblings) }],
      ['malformed', { ...good, siblings: new Uint8Array() }],
    ];
  if (good.move === 'witness')
    return [
      ['malformed', { ...good, leaf: 2 ** 40 }],
      ['malformed', { ...good, element: 128 }],
      ['malformed', { ...good, traceLeaves: flip(good.traceLeaves) }],
      ['malformed', { ...good, traceSiblings: good.traceSiblings.slice(32) }],
      ['malformed', { ...good, blobSiblings: Uint8Array.of(...good.blobSiblings, ...SALT) }],
    ];
  return [];
}

describe('a move that does not fit', () => {
  it('is refused at every point of a game, costs its fee, and the game goes on', () => {
    const { chain, accused, accuser, job } = challenged(deep, false);
    const { network } = job;
    const due = (): readonly [Person, Move] | undefined => {
      if (readTrial(chain.state, 't')?.committed === false) return [accused.by, commitOf(network, accused)];
      const turn = readGame(chain.state, 't', 0)?.turn;
      if (turn === undefined) return undefined;
      if (turn === GameTurn.provider) return [accused.by, revealOf(chain, accused)];
      return [accuser.by, answerOf(chain, job, accuser, accused.trace)];
    };
    let refusals = 0;
    for (let next = due(); next !== undefined; next = due()) {
      const [by, good] = next;
      const before = JSON.stringify([...chain.entries().keys()].sort());
      const tries: [string, Person, Move][] = [
        ...misfits(chain, network, good).map(([code, move]): [string, Person, Move] => [code, by, move]),
        ['forbidden', frank, good],
        ['not_supported', by, { move: 'join', root: SALT }],
      ];
      const codes = tries.map(([, person, move], i) => {
        const offset = BigInt(tries.slice(0, i).filter(([, other]) => other === person).length);
        return chain.sign(person, moveOf(move), offset);
      });
      const { outcomes } = chain.build(codes).result;
      const byNonce = outcomes.map(({ code }) => code).sort();
      expect(byNonce).toEqual(tries.map(([code]) => code).sort());
      refusals += tries.length;
      expect(JSON.stringify([...chain.entries().keys()].sort())).toBe(before);
      chain.must(by, moveOf(good));
    }
    expect(refusals).toBeGreaterThan(15);
    expect(taskOf(chain, 't').error).toBe('challenge_upheld');
  });

  it('is one out of turn, of no game, of no trial', () => {
    const { chain, accused, accuser, job } = challenged(deep, false);
    const witness: Move = {
      ...({ move: 'witness', leaf: 0, element: 0 } as const),
      ...{ traceLeaves: SALT, traceSiblings: SALT, blobLeaves: SALT, blobSiblings: SALT },
      ...{ ownRoot: SALT, salt: SALT, ownLeaf: SALT, ownSiblings: SALT },
    };
    expect(chain.apply(eve, moveOf({ move: 'point', index: 0 }))).toBe('wrong_state');
    expect(chain.apply(eve, moveOf({ move: 'point', index: 0 }, 1))).toBe('wrong_state');
    expect(chain.apply(eve, moveOf({ move: 'point', index: 0 }, 0, 'u'))).toBe('task_not_found');
    chain.must(accused.by, moveOf(commitOf(job.network, accused)));
    expect(chain.apply(accused.by, moveOf(commitOf(job.network, accused)))).toBe('duplicate');
    expect(chain.apply(accused.by, moveOf({ move: 'reveal', entries: SALT, siblings: SALT }))).toBe(
      'wrong_state',
    );
    expect(chain.apply(eve, moveOf(witness))).toBe('malformed');
    expect(chain.last.details[0]).toMatch(/no leaves are revealed yet/);
    chain.must(eve, moveOf(answerOf(chain, job, accuser, accused.trace)));
    expect(chain.apply(eve, moveOf({ move: 'point', index: 0 }))).toBe('wrong_state');
    expect(chain.apply(eve, { kind: 'disputeMove', taskId: 't', game: 0, move: 9, body: SALT })).toBe(
      'malformed',
    );
  });
});
