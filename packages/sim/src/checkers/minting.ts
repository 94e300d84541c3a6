import type { CreateChecker } from './checker.ts';

const least = (...amounts: readonly bigint[]): bigint =>
  amounts.reduce((min, amount) => (amount < min ? amount : min));

/** An epoch mints at most its bound, and nothing else mints: otherwise farming rewards prints money. */
export const createMintingChecker: CreateChecker = ({ genesis: { config, params }, fail }) => {
  let receipts = 0n;
  let burnedByTasks = 0n;
  return {
    name: 'minting',
    onBlock({ height, events, changes }) {
      const closed = events.find((event) => event.kind === 'epoch');
      let minted = 0n;
      for (const { before, after } of changes.chain) minted = (after?.minted ?? 0n) - (before?.minted ?? 0n);
      // The epoch closes before anything else of its block: this block's receipts are the next epoch's.
      const bound =
        closed === undefined
          ? 0n
          : least(params.epochRewardCap, config.baseReward * receipts, burnedByTasks + params.rewardSubsidy);
      if (minted > bound) fail(`height ${height}: ${minted} minted, the bound is ${bound}`);
      if (closed !== undefined) {
        receipts = 0n;
        burnedByTasks = 0n;
      }
      for (const event of events) if (event.kind === 'receipt') receipts += 1n;
      for (const { before, after } of changes.task) {
        if (after !== undefined && after.receiptNumber > 0 && before?.receiptNumber === 0)
          burnedByTasks += after.burned;
      }
    },
  };
};
