import { namedHash } from '@aivm/core/crypto';
import { readAccount, readChain, readProvider, TaskStatus } from '@aivm/core/state';
import { describe, expect, it } from 'vitest';
import {
  alice,
  answer,
  BOND,
  carol,
  challenge,
  dave,
  eve,
  FAST,
  FEE,
  inputOf,
  mallory,
  people,
  registerProvider,
  rightOutput,
  submitResult,
  submitTask,
  taskOf,
  wrongOutput,
} from '../scenario.ts';
import { disgrace, type Person, TestChain } from '../test-chain.ts';

/** The largest fee there is: four such tasks reserve minProviderBond. */
const DEAR_FEE = BOND / 80n;
const DEAR = ['dear', 'dear-2', 'dear-3', 'dear-4', 'dear-5', 'dear-6'];
/** What the lies hold of the bond, and what a conviction for one of them earns. */
const HELD = 20n * (6n * DEAR_FEE + FEE);
const REWARD = BOND / 10n;
/** Eight assignments at once. */
const gpu = { model: 'H100', memoryGb: 80, tflops: '1', available: true, temperature: '', utilization: '' };
const balance = (chain: TestChain, by: Person): bigint => readAccount(chain.state, by.address).balance;
const bondOf = (chain: TestChain): bigint => readProvider(chain.state, 'liar')?.bond ?? -1n;
const lie = wrongOutput(inputOf(1));

/** mallory's provider has a bond of 12 and seven posted lies: six hold a quarter of the least bond each, one next to nothing. */
function manyLies(): TestChain {
  const chain = new TestChain(FAST, people);
  chain.must(mallory, registerProvider(mallory, 'liar', { bond: 12n * BOND, gpus: Array(4).fill(gpu) }));
  const frank = people[5] as Person;
  chain.must(frank, registerProvider(frank, 'spare'));
  disgrace(chain, frank);
  const tasks = [...DEAR.map((id) => submitTask(id, { fee: DEAR_FEE })), submitTask('cheap')];
  chain.mine(tasks.map((task, i) => chain.sign(alice, task, BigInt(i))));
  chain.mine();
  chain.mine(
    tasks.map(({ id }, i) => chain.sign(mallory, submitResult(id, 'liar', { output: lie }), BigInt(i))),
  );
  expect(chain.last.outcomes.every(({ code }) => code === '')).toBe(true);
  return chain;
}

/** What two challenges in one block gave: change of wealth of each person, the operation fees added back. */
function gainsOf(
  chain: TestChain,
  moves: readonly (readonly [Person, ReturnType<typeof challenge>])[],
): readonly bigint[] {
  const before = moves.map(([by]) => balance(chain, by));
  const signed = moves.map(([by, operation]) => chain.sign(by, operation));
  chain.mine(signed);
  return moves.map(([by], i) => {
    const at = chain.tip.transactions.findIndex(({ id }) => id.join() === signed[i]?.id.join());
    const outcome = chain.last.outcomes[at];
    expect(outcome?.code).toBe('');
    return balance(chain, by) - (before[i] ?? 0n) + (outcome?.burned ?? 0n);
  });
}

describe('a liar that convicts itself on its cheapest lie', () => {
  it('loses everything that its dear lies hold', () => {
    const chain = manyLies();
    const { reserved } = readProvider(chain.state, 'liar') ?? { reserved: 0n };
    expect(reserved).toBe(HELD);
    chain.must(eve, challenge('cheap'));
    expect(bondOf(chain)).toBe(12n * BOND - reserved);
    // The reward follows what was proven, not what was held: a trifle pays as a trifle.
    expect(chain.last.events.find(({ kind }) => kind === 'conviction')).toMatchObject({
      forfeited: reserved,
      rewarded: BOND / 10n,
      shares: [{ amount: BOND / 10n }],
    });
  });

  it('does not take the reward from a right challenge of the dear one in the same block', () => {
    const chain = manyLies();
    const [watcher, sock] = gainsOf(chain, [
      [carol, challenge('dear', { bond: BOND })],
      [eve, challenge('cheap', { bond: BOND / 100n })],
    ]);
    expect(watcher).toBe((REWARD * 100n) / 101n);
    expect(sock).toBe(REWARD / 101n);
    expect(bondOf(chain)).toBe(12n * BOND - HELD);
    expect(taskOf(chain, 'dear').status).toBe(TaskStatus.pending);
    expect(taskOf(chain, 'cheap').status).toBe(TaskStatus.pending);
  });
});

describe('challenges of one block', () => {
  it('share the reward by their bonds, whatever their order: a copied one takes no more than its part', () => {
    const chain = manyLies();
    const gains = gainsOf(chain, [
      [carol, challenge('dear', { bond: BOND })],
      [dave, challenge('dear', { bond: BOND })],
      [eve, challenge('cheap', { bond: BOND / 2n })],
    ]);
    expect(gains).toEqual([(REWARD * 2n) / 5n, (REWARD * 2n) / 5n, REWARD / 5n]);
  });

  it('burn the dust and give nothing to a claim that is wrong itself', () => {
    const chain = manyLies();
    const other = rightOutput(inputOf(1)).map((byte) => byte ^ 2);
    const { burned } = readChain(chain.state);
    const gains = gainsOf(chain, [
      [carol, challenge('cheap', { bond: BOND / 3n })],
      [dave, challenge('cheap', { bond: BOND / 7n })],
      [eve, challenge('cheap', { output: other, bond: BOND })],
    ]);
    expect(gains[2]).toBe(0n);
    const [first = 0n, second = 0n] = gains;
    const fees = chain.last.outcomes.reduce((sum, outcome) => sum + outcome.burned, 0n);
    expect(first + second).toBeLessThanOrEqual(BOND / 10n);
    expect(first + second).toBeGreaterThan(BOND / 10n - 3n);
    expect(readChain(chain.state).burned - burned - fees).toBe(HELD - first - second);
  });

  it('that come a block later are refused and stake nothing', () => {
    const chain = manyLies();
    chain.must(eve, challenge('cheap'));
    const before = balance(chain, carol);
    expect(chain.apply(carol, challenge('dear', { bond: BOND }))).toBe('provider_slashed');
    expect(balance(chain, carol)).toBe(before - (chain.last.outcomes[0]?.burned ?? 0n));
  });

  it('that are wrong lose their stake also after a conviction in the block', () => {
    const chain = manyLies();
    chain.must(alice, submitTask('honest'));
    answer(chain, 'honest');
    const order = (by: Person): string =>
      Buffer.from(namedHash('Order', chain.tip.id, by.address)).toString('hex');
    const [first, second] = [carol, eve].sort((a, b) => (order(a) < order(b) ? -1 : 1)) as [Person, Person];
    const before = balance(chain, second);
    chain.mine([
      chain.sign(first, challenge('cheap', { bond: BOND })),
      chain.sign(second, challenge('honest', { output: lie, bond: BOND })),
    ]);
    expect(chain.last.outcomes.map(({ code }) => code)).toEqual(['', '']);
    expect(balance(chain, second)).toBe(before - BOND - (chain.last.outcomes[1]?.burned ?? 0n));
    expect(chain.last.events.filter(({ kind }) => kind === 'conviction')).toMatchObject([{ shares: [{}] }]);
  });
});
