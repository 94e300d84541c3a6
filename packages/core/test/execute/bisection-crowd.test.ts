import {
  GameTurn,
  ProviderStatus,
  readAccount,
  readChain,
  readGame,
  readTrial,
  Settlement,
} from '@aivm/core/state';
import { describe, expect, it } from 'vitest';
import { randomUnit } from '../network/support/liar.ts';
import { Random } from '../network/support/random.ts';
import {
  answerOf,
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
import { BOND, taskOf } from './scenario.ts';
import type { Person, TestChain } from './test-chain.ts';

const STAKE = BOND / 64n;
const { model, input } = randomModel(5, 'map');
const job = honestJob(model, input, 1);
const lie = lyingTrace(job, randomUnit(job.network, new Random(1)), 0);
const balanceOf = (chain: TestChain, { address }: Person): bigint =>
  readAccount(chain.state, address).balance;
/** Windows long enough for everybody, and no turn that ends by time. */
const LONG = {
  config: { ...GRAPH_GENESIS.config, challengeWindowBlocks: 60 },
  params: { ...GRAPH_GENESIS.params, reserveBlocks: 90, unbondBlocks: 9_000 },
};

/** A result that `count` watchers have challenged in one block, the first by the first place. */
function crowd(count: number, output: Uint8Array, root: Uint8Array) {
  const chain = chainWithGraph(job.model, LONG);
  const drawn = postAnswer(chain, job, output);
  const people = watchers.slice(0, count);
  for (const by of people) chain.must(by, challengeGame(chain, by, root));
  return { chain, people, ...drawn };
}

describe('several challengers of one result', () => {
  it('sixteen play at once, the next ones in the order in which they came', () => {
    const { chain, people, operator } = crowd(18, job.output, lie.trace.tree.root);
    const stakes = (18n * 19n * STAKE) / 2n;
    expect(chain.supply().challenges).toBe(stakes);
    expect(readTrial(chain.state, 't')).toMatchObject({ challenges: 18, nextWaiting: 16 });
    expect(readTrial(chain.state, 't')?.playing).toHaveLength(16);
    const accused = { by: operator, trace: lie.honest };
    chain.must(operator, moveOf(commitOf(job.network, accused)));
    for (const number of [16, 17]) expect(readGame(chain.state, 't', number)?.turn).toBe(GameTurn.nobody);
    expect(
      chain.apply(
        people[16]!,
        moveOf(answerOf(chain, job, { by: people[16]!, trace: lie.trace }, lie.honest), 16),
      ),
    ).toBe('wrong_state');
    // One ends, and its place goes to the one that waits longest, with clocks of its own.
    const before = chain.supply().challenges;
    playGame(chain, job, { provider: accused, challenger: { by: people[3]!, trace: lie.trace } }, 3);
    expect(before - chain.supply().challenges).toBe(4n * STAKE);
    expect(readTrial(chain.state, 't')?.playing).toEqual([
      0,
      1,
      2,
      ...Array.from({ length: 13 }, (_, i) => i + 4),
    ]);
    expect(readGame(chain.state, 't', 16)).toMatchObject({ turn: GameTurn.challenger, since: chain.height });
    // Everybody loses: the result is final once the last one has.
    const rest = [0, 1, 2, ...Array.from({ length: 14 }, (_, i) => i + 4)];
    for (const number of rest)
      playGame(
        chain,
        job,
        { provider: accused, challenger: { by: people[number]!, trace: lie.trace } },
        number,
      );
    expect(chain.supply().challenges).toBe(0n);
    for (let i = 0; taskOf(chain, 't').settlement !== Settlement.final && i < 60; i++) chain.mine();
    expect(taskOf(chain, 't').settlement).toBe(Settlement.final);
    expect(readChain(chain.state).trialsOpen).toBe(0);
  });

  it('those that convict in one block share the tenth equally; all others have their stakes back', () => {
    const { chain, people, provider, operator } = crowd(18, lie.output, lie.honest.tree.root);
    const accused = { by: operator, trace: lie.trace };
    chain.must(operator, moveOf(commitOf(job.network, accused)));
    const before = people.map((by) => balanceOf(chain, by));
    const proofs = [2, 5, 9].map((number) => {
      const by = people[number]!;
      const witness = answerOf(chain, job, { by, trace: lie.honest }, lie.trace, number);
      // The third one shows no trace of its own.
      const move = number === 9 ? { ...witness, ownLeaf: new Uint8Array() } : witness;
      return chain.sign(by, moveOf(move as typeof witness, number));
    });
    chain.mine(proofs);
    expect(chain.last.outcomes.map(({ code }) => code)).toEqual(['', '', '']);
    expect(statusOf(chain, provider)).toBe(ProviderStatus.slashed);
    const fees = new Map(
      chain.tip.transactions.map((tx, i) => [tx.sender.join(), chain.last.outcomes[i]!.burned]),
    );
    people.forEach((by, number) => {
      const stake = BigInt(number + 1) * STAKE;
      const reward = number === 2 || number === 5 ? BOND / 20n : 0n;
      const fee = fees.get(by.address.join()) ?? 0n;
      expect(balanceOf(chain, by) - before[number]!).toBe(stake + reward - fee);
    });
    expect(chain.last.events.filter(({ kind }) => kind === 'conviction')).toMatchObject([
      { forfeited: BOND, rewarded: BOND / 10n, shares: [{ amount: BOND / 20n }, { amount: BOND / 20n }] },
    ]);
    expect(readTrial(chain.state, 't')).toBeUndefined();
    for (let number = 0; number < 18; number++) expect(readGame(chain.state, 't', number)).toBeUndefined();
  });

  it('a commitment that never comes pays each that plays a part of the tenth, at most two stakes', () => {
    const { chain, people, provider } = crowd(17, job.output, SALT);
    const before = people.map((by) => balanceOf(chain, by));
    for (let i = 0; statusOf(chain, provider) === ProviderStatus.active && i < 200; i++) chain.mine();
    expect(statusOf(chain, provider)).toBe(ProviderStatus.slashed);
    people.forEach((by, number) => {
      const stake = BigInt(number + 1) * STAKE;
      const share = BOND / 10n / 16n;
      const reward = number === 16 ? 0n : share < 2n * stake ? share : 2n * stake;
      expect(balanceOf(chain, by) - before[number]!).toBe(stake + reward);
    });
  });
});

describe('the sixty-fifth challenge of a result', () => {
  it('stakes nothing and plays no game: the result is void if it survives the others', () => {
    const chain = chainWithGraph(job.model, LONG);
    chain.verifies = false;
    const { provider, operator } = postAnswer(chain, job, job.output);
    const by = watchers[0]!;
    for (let i = 0; i < 64; i += 8)
      chain.mine(
        Array.from({ length: 8 }, (_, k) => chain.sign(by, challengeGame(chain, by, SALT), BigInt(k))),
      );
    expect(readTrial(chain.state, 't')).toMatchObject({ challenges: 64, nextWaiting: 16, marked: false });
    const stakes = chain.supply().challenges;
    const late = watchers[1]!;
    chain.must(late, challengeGame(chain, late, SALT));
    expect(chain.supply().challenges).toBe(stakes);
    expect(readTrial(chain.state, 't')).toMatchObject({ challenges: 64, marked: true });
    expect(chain.apply(late, challengeGame(chain, late, SALT))).toBe('duplicate');
    const accused = { by: operator, trace: lie.honest };
    chain.must(operator, moveOf(commitOf(job.network, accused)));
    const before = chain.supply().challenges;
    // Nobody moves in four waves, and every stake is lost; then the result is void and nobody is found wrong.
    for (let i = 0; readTrial(chain.state, 't') !== undefined && i < 600; i++) chain.mine();
    expect(before).toBe((64n * 65n * STAKE) / 2n);
    expect(chain.supply().challenges).toBe(0n);
    expect(taskOf(chain, 't')).toMatchObject({ settlement: Settlement.void, error: 'undecided' });
    expect(statusOf(chain, provider)).toBe(ProviderStatus.active);
  });
});
