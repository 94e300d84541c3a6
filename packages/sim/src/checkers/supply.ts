import type { CreateChecker } from './checker.ts';

/**
 * Money is neither made nor lost: what everybody holds, what is locked for something and what was burned is what
 * genesis gave and epochs minted. If this breaks, every other promise about money is worth nothing.
 */
export const createSupplyChecker: CreateChecker = ({ genesis, mirror, fail }) => {
  let held = [...genesis.allocations.values()].reduce((sum, amount) => sum + amount, 0n);
  const allocated = held;
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
      const [chain] = mirror.all('chain');
      if (chain === undefined) return fail('the chain record is gone');
      const total = held + chain.rewardsUnclaimed + chain.burned;
      if (total !== allocated + chain.minted) {
        fail(
          `height ${height}: ${total} is accounted for, ${allocated} allocated and ${chain.minted} minted`,
        );
      }
      return undefined;
    },
  };
};
