import { providerRewards } from '@aivm/core/execute';
import {
  type ProviderRecord as Provider,
  readAccount,
  readChain,
  readEpoch,
  readProvider,
} from '@aivm/core/state';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lastEpochUptime } from '../../../src/execute/economy/uptime.ts';
import {
  alice,
  answer,
  bob,
  carol,
  complete,
  dave,
  eve,
  FAST,
  FEE,
  people,
  registerProvider,
  submitResult,
  submitTask,
  taskOf,
  untilAssigned,
} from '../scenario.ts';
import { type Person, TestChain } from '../test-chain.ts';

const EPOCH = 1_000;
const genesis = (params: Record<string, unknown> = {}, config: Record<string, unknown> = {}) => ({
  config: { ...FAST.config, epochDuration: `${EPOCH}s`, ...config },
  params: { ...FAST.params, heartbeatBlocks: 4, ...params },
});
const providerOf = (chain: TestChain, id: string): Provider => readProvider(chain.state, id) as Provider;
const balance = (chain: TestChain, by: Person): bigint => readAccount(chain.state, by.address).balance;
const burnedBy = (fee: bigint): bigint => 1_000_000n + fee / 10n;

describe('a reward', () => {
  it('is at most what the task burned, by the weight of hardware, uptime and speed', () => {
    const chain = new TestChain(genesis(), people);
    chain.must(bob, registerProvider(bob, 'p-bob'));
    complete(chain, 'fast');
    // Answered in the block after the draw: 100 + 1 + 5 of 135.
    const fast = (burnedBy(FEE) * 106n) / 135n;
    expect(providerOf(chain, 'p-bob').epochReward).toBe(fast);
    chain.must(alice, submitTask('slow'));
    untilAssigned(chain, 'slow');
    chain.mine();
    chain.must(bob, submitResult('slow', 'p-bob'));
    chain.mineUntil(taskOf(chain, 'slow').finalAtHeight);
    const slow = (burnedBy(FEE) * 101n) / 135n;
    expect(providerOf(chain, 'p-bob').epochReward).toBe(fast + slow);
    expect(readChain(chain.state)).toMatchObject({ epochReward: fast + slow, epochReceipts: 2n, minted: 0n });
  });

  it('can be claimed after its epoch, once, by operator or wallet, to the wallet', () => {
    for (const by of [bob, dave]) {
      const chain = new TestChain(genesis(), people);
      chain.must(bob, registerProvider(bob, 'p-bob', { walletAddress: dave.address }));
      complete(chain, 't');
      const reward = (burnedBy(FEE) * 106n) / 135n;
      expect(providerRewards(chain.state, providerOf(chain, 'p-bob'))).toEqual({
        claimable: 0n,
        pending: reward,
        claimed: 0n,
      });
      chain.must(by, { kind: 'claimRewards', provider: 'p-bob' });
      expect(providerOf(chain, 'p-bob').rewardsClaimed).toBe(0n);
      chain.mine([], EPOCH);
      expect(readChain(chain.state)).toMatchObject({ minted: reward, rewardsUnclaimed: reward, epoch: 1n });
      expect(providerRewards(chain.state, providerOf(chain, 'p-bob'))).toEqual({
        claimable: reward,
        pending: 0n,
        claimed: 0n,
      });
      expect(chain.apply(alice, { kind: 'claimRewards', provider: 'p-bob' })).toBe('forbidden');
      const before = balance(chain, dave);
      for (let i = 0; i < 2; i++) chain.must(bob, { kind: 'claimRewards', provider: 'p-bob' });
      expect(balance(chain, dave)).toBe(before + reward);
      expect(providerRewards(chain.state, providerOf(chain, 'p-bob'))).toEqual({
        claimable: 0n,
        pending: 0n,
        claimed: reward,
      });
      expect(readChain(chain.state).rewardsUnclaimed).toBe(0n);
    }
  });

  it('never pays for buying from oneself through another account', () => {
    const chain = new TestChain(genesis(), people);
    // alice and bob are one person.
    const wealth = (): bigint => balance(chain, alice) + balance(chain, bob);
    chain.must(bob, registerProvider(bob, 'p-bob'));
    const before = wealth();
    for (let i = 0; i < 3; i++) complete(chain, `t-${i}`);
    chain.mine([], EPOCH);
    chain.must(bob, { kind: 'claimRewards', provider: 'p-bob' });
    expect(providerOf(chain, 'p-bob').rewardsClaimed > 0n).toBe(true);
    expect(wealth()).toBeLessThan(before);
  });
});

describe('an epoch', () => {
  it('mints at most its cap, and baseReward for each receipt', () => {
    const rows = [
      [{ epochRewardCap: 1_000 }, {}, 1_000n],
      [{}, { baseReward: 7 }, 14n],
      [{ rewardSubsidy: 50 }, {}, 2n * ((burnedBy(FEE) * 106n) / 135n) + 50n],
    ] as const;
    for (const [params, config, paid] of rows) {
      const chain = new TestChain(genesis(params, config), people);
      chain.must(bob, registerProvider(bob, 'p-bob'));
      for (const id of ['a', 'b']) complete(chain, id);
      chain.mine([], EPOCH);
      expect(readEpoch(chain.state, 0n)).toMatchObject({ receipts: 2n, paid });
      expect(readChain(chain.state).minted).toBe(paid);
      chain.must(bob, { kind: 'claimRewards', provider: 'p-bob' });
      expect(providerOf(chain, 'p-bob').rewardsClaimed).toBe(paid);
    }
  });

  it('mints nothing when nobody earned, whatever the subsidy', () => {
    const chain = new TestChain(genesis({ rewardSubsidy: 10 ** 6 }), people);
    chain.mine([], EPOCH);
    expect(readChain(chain.state)).toMatchObject({ epoch: 1n, minted: 0n });
  });

  it('closes once for however many have passed, and receipts of its last block belong to the next', () => {
    const chain = new TestChain(genesis(), people);
    chain.must(bob, registerProvider(bob, 'p-bob'));
    chain.must(alice, submitTask('t'));
    answer(chain, 't');
    chain.mineUntil(taskOf(chain, 't').finalAtHeight - 1);
    chain.mine([], 5 * EPOCH);
    expect(readEpoch(chain.state, 0n)).toMatchObject({ receipts: 0n, total: 0n, paid: 0n });
    expect(readChain(chain.state)).toMatchObject({ epoch: 1n, epochReceipts: 1n });
    expect(chain.last.events.filter(({ kind }) => kind === 'epoch').length).toBe(1);
  });

  it('leaves dust nowhere: shares floor, and the last one that is taken burns the rest', () => {
    const operators = [bob, carol, dave];
    fc.assert(
      fc.property(
        fc.shuffledSubarray([0, 1, 2], { minLength: 3 }),
        fc.integer({ min: 7, max: 1_000 }),
        (order, cap) => {
          const chain = new TestChain(genesis({ epochRewardCap: cap }), people);
          for (const [i, by] of operators.entries()) {
            chain.must(by, registerProvider(by, `p-${i}`));
            // Only this one can be drawn: the others have begun to leave or are not there yet.
            complete(chain, `t-${i}`, eve);
            chain.must(by, { kind: 'beginUnbond', id: `p-${i}` });
          }
          chain.mine([], EPOCH);
          const { paid, total } = readEpoch(chain.state, 0n) ?? { paid: 0n, total: 0n };
          expect(paid).toBe(BigInt(cap));
          let claimed = 0n;
          for (const [n, i] of order.entries()) {
            const { epochReward } = providerOf(chain, `p-${i}`);
            chain.must(operators[i] as Person, { kind: 'claimRewards', provider: `p-${i}` });
            const share = (epochReward * paid) / total;
            expect(providerOf(chain, `p-${i}`).rewardsClaimed).toBe(share);
            claimed += share;
            const { rewardsUnclaimed } = readChain(chain.state);
            expect(rewardsUnclaimed).toBe(n < 2 ? paid - claimed : 0n);
          }
        },
      ),
      { numRuns: 3 },
    );
  });
});

describe('uptime', () => {
  const beat = (chain: TestChain, count: number): void => {
    for (let i = 0; i < count; i++) {
      chain.must(bob, { kind: 'heartbeat', id: 'p-bob' });
      for (let n = 0; n < 3; n++) chain.mine();
    }
  };
  const uptime = (chain: TestChain): number => lastEpochUptime(chain.state, providerOf(chain, 'p-bob'));

  it('is the part of the last closed epoch’s heartbeats that came', () => {
    const chain = new TestChain(genesis(), people);
    chain.must(bob, registerProvider(bob, 'p-bob'));
    beat(chain, 2);
    chain.mineUntil(15);
    chain.mine([], EPOCH);
    expect(readEpoch(chain.state, 0n)?.heartbeatsDue).toBe(4);
    expect(uptime(chain)).toBe(5_000);
  });

  it('of a provider that fell silent is gone after an epoch, reward included', () => {
    const chain = new TestChain(genesis(), people);
    chain.must(bob, registerProvider(bob, 'p-bob'));
    beat(chain, 4);
    chain.mine([], EPOCH);
    chain.must(bob, { kind: 'heartbeat', id: 'p-bob' });
    expect(uptime(chain)).toBe(10_000);
    complete(chain, 'praised');
    expect(providerOf(chain, 'p-bob').epochReward).toBe((burnedBy(FEE) * 116n) / 135n);
    chain.mine([], EPOCH);
    chain.mine([], EPOCH);
    expect(providerOf(chain, 'p-bob').uptime).toBe(10_000);
    expect(uptime(chain)).toBe(0);
    complete(chain, 'plain');
    expect(providerOf(chain, 'p-bob').epochReward).toBe((burnedBy(FEE) * 106n) / 135n);
  });
});
