import type { CreateChecker } from './checker.ts';

/**
 * Money is neither made nor lost: what everybody holds, what is locked for something and what was burned is what
 * genesis gave and epochs minted. If this breaks, every other promise about money is worth nothing.
 */
export const createSupplyChecker: CreateChecker = ({ genesis, mirror, fail }) => {
  let held = [...genesis.allocations.values()].reduce((sum, amount) => sum + amount, 0n);
  const allocated = held;
  let elsewhere = { rewardsUnclaimed: 0n, burned: 0n, minted: 0n };
  const assertBalanced = (what: string, amount: bigint): void => {
    const total = amount + elsewhere.rewardsUnclaimed + elsewhere.burned;
    if (total === allocated + elsewhere.minted) return;
    fail(`${what}: ${total} is accounted for, ${allocated} allocated and ${elsewhere.minted} minted`);
  };
  return {
    name: 'supply',
    onBlock({ height, changes }) {
      for (const { before, after } of changes.account)
        held += (after?.balance ?? 0n) - (before?.balance ?? 0n);
      for (const { before, after } of changes.provider) held += (after?.bond ?? 0n) - (before?.bond ?? 0n);
      for (const { before, after } of changes.task) held += (after?.escrow ?? 0n) - (before?.escrow ?? 0n);
      for (const { before, after } of changes.model) held += (after?.deposit ?? 0n) - (before?.deposit ?? 0n);
      for (const { before, after } of changes.dispute) {
        held += (after?.bond ?? 0n) + (after?.prepaid ?? 0n) - (before?.bond ?? 0n) - (before?.prepaid ?? 0n);
      }
      for (const { before, after } of changes.game) held += (after?.stake ?? 0n) - (before?.stake ?? 0n);
      for (const { after } of changes.chain) if (after !== undefined) elsewhere = after;
      assertBalanced(`height ${height}`, held);
    },
    onCensus({ height }) {
      const sum = (amounts: readonly bigint[]): bigint =>
        amounts.reduce((total, amount) => total + amount, 0n);
      const counted =
        sum(mirror.all('account').map(({ balance }) => balance)) +
        sum(mirror.all('provider').map(({ bond }) => bond)) +
        sum(mirror.all('task').map(({ escrow }) => escrow)) +
        sum(mirror.all('model').map(({ deposit }) => deposit)) +
        sum(mirror.all('game').map(({ stake }) => stake)) +
        sum(mirror.all('dispute').map(({ bond, prepaid }) => bond + prepaid));
      assertBalanced(`all records at height ${height}`, counted);
    },
  };
};
