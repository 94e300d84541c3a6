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
import { leafCountOf, treeDepth } from '../../src/network/index.ts';
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
  type Player,
  playGame,
  postAnswer,
  revealOf,
  SALT,
  statusOf,
} from './game-players.ts';
import { chainWithGraph, GRAPH_GENESIS, modelOf, watchers } from './graph-scenario.ts';
import { BOND, taskOf } from './scenario.ts';
import type { Person, TestChain } from './test-chain.ts';

const [eve, frank] = watchers as [Person, Person];
const STAKE = BOND / 64n;
/** Moves of 4 blocks, a reserve of 6 and one for the work. */
const MOVE = 4;
const RESERVE = 7;

/** A map whose trace is deep enough for a reveal. */
function deepJob(): Job {
  for (let seed = 0; ; seed++) {
    const random = new Random(seed);
    const header = randomHeader(random, random.int(2, 8), true);
    if (header.form !== 'map') continue;
    const { input, blob, network } = randomTask(random, header);
    if (treeDepth(leafCountOf(network.traceBytes)) >= 5) return honestJob(modelOf(header, blob), input, 1);
  }
}

const job = deepJob();
const lie = lyingTrace(job, randomUnit(job.network, new Random(1)), 0);
const balanceOf = (chain: TestChain, { address }: Person): bigint =>
  readAccount(chain.state, address).balance;

interface Open {
  readonly chain: TestChain;
  readonly provider: string;
  readonly accused: Player;
  readonly accuser: Player;
}

/** An honest answer, challenged by somebody with a wrong trace. */
function challenged(isHonest = true): Open {
  const chain = chainWithGraph(job.model);
  const { provider, operator } = postAnswer(chain, job, isHonest ? job.output : lie.output);
  const [right, wrong] = [lie.honest, lie.trace];
  const accused = { by: operator, trace: isHonest ? right : wrong };
  const accuser = { by: eve, trace: isHonest ? wrong : right };
  chain.must(eve, challengeGame(chain, eve, accuser.trace.tree.root));
  return { chain, provider, accused, accuser };
}

/** Two open results of one provider, both lies, on a chain with a long window. */
function twoResults() {
  const config = { ...GRAPH_GENESIS.config, challengeWindowBlocks: 150 };
  const chain = chainWithGraph(job.model, { ...GRAPH_GENESIS, config });
  const posted = new Map<string, string>();
  for (let i = 0; ; i++) {
    const found = postAnswer(chain, job, lie.output, `t${i}`);
    const earlier = posted.get(found.provider);
    if (earlier !== undefined) return { chain, first: found, ids: [earlier, `t${i}`] as const };
    posted.set(found.provider, `t${i}`);
  }
}

const commit = ({ chain, accused }: Open): void => {
  chain.must(accused.by, moveOf(commitOf(job.network, accused)));
};
const point = ({ chain, accused, accuser }: Open): void => {
  chain.must(eve, moveOf(answerOf(chain, job, accuser, accused.trace)));
};
const reveal = ({ chain, accused }: Open): void => {
  chain.must(accused.by, moveOf(revealOf(chain, accused)));
};
const settled = (chain: TestChain) => chain.last.events.filter(({ kind }) => kind === 'dispute');

describe('a commitment', () => {
  it('is in time in the last block of its reserve, and the provider is convicted in the one after', () => {
    const open = challenged();
    const { chain, provider } = open;
    const { commitDue } = readTrial(chain.state, 't')!;
    const last = commitDue + MOVE + RESERVE;
    chain.mineUntil(last - 1);
    const before = balanceOf(chain, eve);
    const inTime = chain.build([chain.sign(open.accused.by, moveOf(commitOf(job.network, open.accused)))]);
    expect(inTime.result.outcomes[0]?.code).toBe('');
    chain.mine();
    expect(chain.height).toBe(last);
    expect(statusOf(chain, provider)).toBe(ProviderStatus.active);
    chain.mine();
    expect(statusOf(chain, provider)).toBe(ProviderStatus.slashed);
    // Nothing was proven: at most two stakes, and the stake itself.
    expect(balanceOf(chain, eve) - before).toBe(STAKE + 2n * STAKE);
    expect(chain.last.events.filter(({ kind }) => kind === 'conviction')).toMatchObject([
      { provider, forfeited: BOND, rewarded: 2n * STAKE },
    ]);
    expect(taskOf(chain, 't')).toMatchObject({ status: TaskStatus.pending, error: 'challenge_upheld' });
    expect(readTrial(chain.state, 't')).toBeUndefined();
    expect(readChain(chain.state).trialsOpen).toBe(0);
  });

  it('uses up the reserve that the games of its wave have', () => {
    const open = challenged();
    const { chain } = open;
    const { commitDue } = readTrial(chain.state, 't')!;
    chain.mineUntil(commitDue + MOVE + 4);
    commit(open);
    expect(readGame(chain.state, 't', 0)).toMatchObject({
      providerReserve: RESERVE - 5,
      challengerReserve: RESERVE,
      turn: GameTurn.challenger,
    });
  });

  it('falls due behind those that its provider owed before', () => {
    const { chain, ids } = twoResults();
    const dues = ids.map((taskId) => {
      chain.must(eve, challengeGame(chain, eve, lie.honest.tree.root, { taskId }));
      return readTrial(chain.state, taskId)!.commitDue - chain.height;
    });
    // Each takes one block of work. The second challenge came a block later, when the first was just due.
    expect(dues).toEqual([1, 1]);
    const both = twoResults();
    both.chain.mine(
      both.ids.map((taskId, i) =>
        both.chain.sign(eve, challengeGame(both.chain, eve, SALT, { taskId }), BigInt(i)),
      ),
    );
    expect(
      both.ids.map((id) => readTrial(both.chain.state, id)!.commitDue - both.chain.height).sort(),
    ).toEqual([1, 2]);
  });
});

describe('a move', () => {
  it('of a late challenger costs it its stake, and the result stands', () => {
    const open = challenged();
    const { chain, provider, accused } = open;
    commit(open);
    const { since } = readGame(chain.state, 't', 0)!;
    const before = balanceOf(chain, accused.by);
    chain.mineUntil(since + MOVE + RESERVE);
    expect(readGame(chain.state, 't', 0)).toBeDefined();
    chain.mine();
    expect(readGame(chain.state, 't', 0)).toBeUndefined();
    expect(settled(chain)).toMatchObject([{ change: 'settled', verdict: 'rejected' }]);
    expect(balanceOf(chain, accused.by) - before).toBeGreaterThanOrEqual(STAKE / 2n);
    expect(statusOf(chain, provider)).toBe(ProviderStatus.active);
    // The window was over: the last game made it final in its block.
    expect(taskOf(chain, 't').settlement).toBe(Settlement.final);
    expect(readTrial(chain.state, 't')).toBeUndefined();
  });

  it('of a late provider convicts it, for two stakes at most', () => {
    const open = challenged();
    const { chain, provider } = open;
    commit(open);
    point(open);
    const { since } = readGame(chain.state, 't', 0)!;
    const before = balanceOf(chain, eve);
    chain.mineUntil(since + MOVE + RESERVE);
    expect(statusOf(chain, provider)).toBe(ProviderStatus.active);
    chain.mine();
    expect(statusOf(chain, provider)).toBe(ProviderStatus.slashed);
    expect(balanceOf(chain, eve) - before).toBe(3n * STAKE);
  });

  it('takes of the reserve what it is late by, and no more', () => {
    const open = challenged();
    const { chain } = open;
    commit(open);
    const begun = readGame(chain.state, 't', 0)!.since;
    chain.mineUntil(begun + MOVE + 2);
    point(open);
    expect(readGame(chain.state, 't', 0)).toMatchObject({
      challengerReserve: RESERVE - 3,
      providerReserve: RESERVE,
      turn: GameTurn.provider,
    });
    reveal(open);
    expect(readGame(chain.state, 't', 0)).toMatchObject({
      challengerReserve: RESERVE - 3,
      providerReserve: RESERVE,
      turn: GameTurn.challenger,
    });
    // What is left of the reserve bounds the next one.
    const { since } = readGame(chain.state, 't', 0)!;
    chain.mineUntil(since + MOVE + RESERVE - 3);
    expect(readGame(chain.state, 't', 0)).toBeDefined();
    chain.mine();
    expect(readGame(chain.state, 't', 0)).toBeUndefined();
  });

  it('of a provider that is away for nearly all of its reserve defends it', () => {
    const open = challenged();
    const { chain, provider } = open;
    const { commitDue } = readTrial(chain.state, 't')!;
    chain.mineUntil(commitDue + MOVE + RESERVE - 1);
    const { accused, accuser } = open;
    playGame(chain, job, { provider: accused, challenger: accuser });
    expect(settled(chain)).toMatchObject([{ change: 'settled', verdict: 'rejected' }]);
    expect(statusOf(chain, provider)).toBe(ProviderStatus.active);
  });
});

describe('a clock', () => {
  it('stands after blocks in which moves filled half of the room that only they have', () => {
    // A commitment takes 4,000 units of the 10,000 that the last eighth of such a block has.
    const params = { ...GRAPH_GENESIS.params, maxBlockWork: 60_000 };
    const chain = chainWithGraph(job.model, { ...GRAPH_GENESIS, params });
    const { provider, operator } = postAnswer(chain, job, job.output);
    chain.must(eve, challengeGame(chain, eve, lie.trace.tree.root));
    const { stood } = readChain(chain.state);
    const accused = { by: operator, trace: lie.honest };
    chain.must(operator, moveOf(commitOf(job.network, accused)));
    expect(readChain(chain.state).stood).toBe(stood + 1);
    // Refused moves stop nothing.
    expect(chain.apply(frank, moveOf(commitOf(job.network, accused)))).toBe('forbidden');
    expect(readChain(chain.state).stood).toBe(stood + 1);
    const { since } = readGame(chain.state, 't', 0)!;
    const { height: timer } = readTrial(chain.state, 't')!.timer;
    expect(timer).toBeLessThanOrEqual(since + MOVE + RESERVE + 1);
    // The block of the commitment itself was one: the deadline is a block later than the clock alone says.
    chain.mineUntil(since + MOVE + RESERVE + 1);
    expect(readGame(chain.state, 't', 0)).toBeDefined();
    chain.mine();
    expect(readGame(chain.state, 't', 0)).toBeUndefined();
    expect(statusOf(chain, provider)).toBe(ProviderStatus.active);
  });
});

describe('the end of the window', () => {
  it('waits for open games, and no new one opens meanwhile', () => {
    const open = challenged();
    const { chain, accused, accuser } = open;
    const { finalAtHeight } = taskOf(chain, 't');
    const { commitDue } = readTrial(chain.state, 't')!;
    chain.mineUntil(Math.max(finalAtHeight, commitDue + 2));
    expect(taskOf(chain, 't')).toMatchObject({
      settlement: Settlement.disputed,
      status: TaskStatus.processing,
    });
    expect(chain.apply(frank, challengeGame(chain, frank, SALT))).toBe('too_late');
    playGame(chain, job, { provider: accused, challenger: accuser });
    expect(taskOf(chain, 't')).toMatchObject({ settlement: Settlement.final, status: TaskStatus.completed });
    expect(readProvider(chain.state, open.provider)).toMatchObject({
      openResults: 0,
      openWork: 0n,
      reserved: 0n,
    });
    expect(chain.supply().challenges).toBe(0n);
    expect(readChain(chain.state)).toMatchObject({ timersPending: 0, trialsOpen: 0 });
  });

  it('leaves time for another challenge of a result that was defended once', () => {
    const open = challenged();
    const { chain, accused, accuser } = open;
    playGame(chain, job, { provider: accused, challenger: accuser });
    expect(taskOf(chain, 't').settlement).toBe(Settlement.posted);
    expect(chain.height).toBeLessThan(taskOf(chain, 't').finalAtHeight - 1);
    // The committed trace stands: the second game begins at once, and its stake is the second one.
    chain.must(frank, challengeGame(chain, frank, lie.trace.tree.root));
    expect(readGame(chain.state, 't', 1)).toMatchObject({ turn: GameTurn.challenger, stake: 2n * STAKE });
    const second = { by: frank, trace: lie.trace };
    playGame(chain, job, { provider: accused, challenger: second }, 1);
    for (let i = 0; taskOf(chain, 't').settlement !== Settlement.final && i < 20; i++) chain.mine();
    expect(taskOf(chain, 't').settlement).toBe(Settlement.final);
  });

  it.each([
    ['at the next move, whoever makes it', true],
    ['when its clock has run out', false],
  ])('of another result of a convicted provider gives the stakes of its games back %s', (_, moves) => {
    const { chain, ids, first } = twoResults();
    const [one, id] = ids;
    chain.must(eve, challengeGame(chain, eve, lie.honest.tree.root, { taskId: one }));
    chain.must(frank, challengeGame(chain, frank, lie.honest.tree.root, { taskId: id }));
    const before = balanceOf(chain, frank);
    const players = {
      provider: { by: first.operator, trace: lie.trace },
      challenger: { by: eve, trace: lie.honest },
    };
    playGame(chain, job, players, 0, one);
    expect(statusOf(chain, first.provider)).toBe(ProviderStatus.slashed);
    if (moves) chain.must(eve, moveOf({ move: 'point', index: 0 }, 0, id));
    else for (let i = 0; readTrial(chain.state, id) !== undefined && i < 60; i++) chain.mine();
    expect(readTrial(chain.state, id)).toBeUndefined();
    expect(balanceOf(chain, frank) - before).toBe(STAKE);
    expect(taskOf(chain, id).error).toBe('provider_slashed');
  });
});
