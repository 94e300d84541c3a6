import { ModeTEEAttested, readDispute, Settlement, type Task } from '@aivm/core';
import type { CreateChecker } from './checker.ts';

/**
 * Nothing is final before its window ended, or while a challenge waits for its judgement: a window that can be cut
 * short, or slept through, protects nobody.
 */
export const createFinalityChecker: CreateChecker = ({ genesis, mirror, fail }) => {
  const window = Number(genesis.config.challengeWindowBlocks);
  const postedAt = new Map<string, number>();
  /** A trusted machine's result has at least half of the window, any other the whole of it. */
  const windowOf = ({ mode }: Task): number => (mode === ModeTEEAttested ? Math.ceil(window / 2) : window);
  return {
    name: 'finality',
    onBlock({ height, changes, events }) {
      for (const { before, after } of changes.task) {
        if (after === undefined) continue;
        const was = before?.settlement ?? Settlement.open;
        if (after.settlement === Settlement.posted && was !== Settlement.posted) {
          postedAt.set(after.id, height);
          if (after.finalAtHeight < height + windowOf(after)) {
            fail(`height ${height}: task ${after.id} would be final at ${after.finalAtHeight}`);
          }
        }
        if (after.settlement !== Settlement.final || was === Settlement.final || after.n > 0) continue;
        if (readDispute(mirror, after.id) !== undefined)
          fail(`height ${height}: ${after.id} is final under a challenge`);
        const judged = events.some(
          (event) => event.kind === 'challenge' && event.taskId === after.id && !event.upheld,
        );
        const posted = postedAt.get(after.id);
        if (posted === undefined) fail(`height ${height}: ${after.id} is final and was never posted`);
        else if (was === Settlement.disputed ? !judged : height < posted + windowOf(after)) {
          fail(`height ${height}: ${after.id}, posted at ${posted}, is final too early`);
        }
      }
    },
  };
};
