import { ProviderStatus, readAccount, readChain, readGame, readTrial } from '@aivm/core/state';
import { describe, expect, it } from 'vitest';
import { randomUnit } from '../network/support/liar.ts';
import { Random } from '../network/support/random.ts';
import {
  challengeGame,
  commitOf,
  honestJob,
  lyingTrace,
  moveOf,
  playGame,
  postAnswer,
  SALT,
  statusOf,
} from './game-players.ts';
import { chainWithGraph, GRAPH_GENESIS, randomModel, watchers } from './graph-scenario.ts';
import { taskOf } from './scenario.ts';
import type { Person, TestChain } from './test-chain.ts';

const { model, input } = randomModel(5, 'map');
const job = honestJob(model, input, 1);
const lie = lyingTrace(job, randomUnit(job.network, new Random(1)), 0);
const LONG = {
  config: { ...GRAPH_GENESIS.config, challengeWindowBlocks: 30, taskTimeout: '60s' },
  params: { ...GRAPH_GENESIS.params, reserveBlocks: 90, unbondBlocks: 9_000 },
};
const [alice, bob, stranger] = watchers as [Person, Person, Person];
const balanceOf = (chain: TestChain, { address }: Person): bigint =>
  readAccount(chain.state, address).balance;

/** One provider with two false results, t and u; `games` challenges of u, one of t. */
function twoLies(games: number) {
  const chain = chainWithGraph(job.model, LONG);
  const answered: { id: string; provider: string; operator: Person }[] = [];
  const twice = () => {
    const last = answered.at(-1)?.provider;
    const same = answered.filter(({ provider }) => provider === last);
    return same.length === 2 ? same : undefined;
  };
  while (twice() === undefined) {
    const id = `task-${answered.length}`;
    answered.push({ id, ...postAnswer(chain, job, lie.output, id) });
  }
  const [t, u] = twice() as [(typeof answered)[0], (typeof answered)[0]];
  const { provider, operator } = t;
  chain.must(alice, challengeGame(chain, alice, lie.honest.tree.root, { taskId: t.id }));
  for (let i = 0; i < games; i += 6)
    chain.mine(
      Array.from({ length: Math.min(6, games - i) }, (_, k) =>
        chain.sign(bob, challengeGame(chain, bob, SALT, { taskId: u.id }), BigInt(k)),
      ),
    );
  const convict = () =>
    playGame(
      chain,
      job,
      { provider: { by: operator, trace: lie.trace }, challenger: { by: alice, trace: lie.honest } },
      0,
      t.id,
    );
  return { chain, provider, operator, t: t.id, u: u.id, convict };
}

describe('any move about a result of a provider that an earlier block convicted', () => {
  it.each([
    ['with nothing committed', 1, false, 0],
    ['with games that wait', 20, false, 0],
    ['with games that are played', 20, true, 0],
    ['whose window is over', 2, true, 40],
  ])('ends its games %s, with every stake back', (_, games, commits, blocks) => {
    const { chain, provider, operator, u, convict } = twoLies(games);
    const before = balanceOf(chain, bob) + chain.supply().challenges;
    if (commits)
      chain.must(operator, moveOf(commitOf(job.network, { by: operator, trace: lie.trace }), 0, u));
    for (let i = 0; i < blocks; i++) chain.mine();
    convict();
    expect(statusOf(chain, provider)).toBe(ProviderStatus.slashed);
    expect(readTrial(chain.state, u)).toBeDefined();
    const stakes = chain.supply().challenges;
    const balance = balanceOf(chain, bob);
    chain.must(stranger, moveOf({ move: 'join', root: SALT }, 0, u));
    expect(balanceOf(chain, bob) - balance).toBe(stakes);
    expect(before).toBeGreaterThan(0n);
    expect(chain.supply()).toMatchObject({ challenges: 0n, balanced: true });
    expect(readTrial(chain.state, u)).toBeUndefined();
    for (let i = 0; i < games; i++) expect(readGame(chain.state, u, i)).toBeUndefined();
    expect(readChain(chain.state).trialsOpen).toBe(0);
    expect(taskOf(chain, u)).toMatchObject({ outputHash: new Uint8Array(32), finalAtHeight: 0 });
    // Again: nothing is there.
    expect(chain.apply(stranger, moveOf({ move: 'join', root: SALT }, 0, u))).toBe('wrong_state');
    for (let i = 0; i < 400; i++) chain.mine();
    expect(chain.supply().balanced).toBe(true);
    expect(readChain(chain.state).timersPending).toBe(0);
  });
});
