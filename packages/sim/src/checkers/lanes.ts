import type { CreateChecker } from './checker.ts';

/** What has a lane of its own where it takes effect: who must act in time. */
const IN_TIME: ReadonlySet<string> = new Set([
  'submitResult',
  'commitResult',
  'revealResult',
  'challenge',
  'disputeMove',
]);
/** Bytes in front of a transaction in a block. */
const LENGTH_BYTES = 4;

/**
 * What anybody can send at any time takes at most three quarters of a block: else whoever pays for full blocks makes
 * others late with answers, reveals and challenges.
 */
export const createLanesChecker: CreateChecker = ({ genesis: { params }, fail }) => ({
  name: 'lanes',
  onBlock({ height, block, outcomes }) {
    const used = { count: 0, work: 0, bytes: 0 };
    for (const [i, { operation, bytes }] of block.transactions.entries()) {
      const outcome = outcomes[i];
      if (outcome === undefined || (IN_TIME.has(operation.kind) && outcome.code === '')) continue;
      used.count += 1;
      used.work += outcome.work;
      used.bytes += bytes.length + LENGTH_BYTES;
    }
    const most = {
      count: Math.ceil((params.maxBlockTransactions * 3) / 4),
      work: Math.ceil((params.maxBlockWork * 3) / 4),
      bytes: Math.ceil((params.maxBlockBytes * 3) / 4),
    };
    for (const what of ['count', 'work', 'bytes'] as const) {
      if (used[what] <= most[what]) continue;
      fail(`height ${height}: what has no lane took ${what} ${used[what]}, at most ${most[what]} is for it`);
    }
  },
});
