import { readDispute, Settlement } from '@aivm/core';
import type { CreateChecker } from './checker.ts';
import { PostedTerms } from './posted-terms.ts';

/**
 * Nothing is final before its window ended, or while a challenge waits for its judgement: a window that can be cut
 * short, or slept through, protects nobody.
 */
export const createFinalityChecker: CreateChecker = ({ genesis, mirror, fail }) => {
  const terms = new PostedTerms(genesis);
  const full = Number(genesis.config.challengeWindowBlocks);
  const postedAt = new Map<string, number>();
  /** What hardware vouches for has the window of its score, everything else the whole of it. */
  const windowOf = (taskId: string): number => terms.of(taskId)?.windowBlocks ?? full;
  return {
    name: 'finality',
    onBlock(block) {
      const { height, changes, events } = block;
      terms.apply(block);
      for (const { before, after } of changes.task) {
        if (after === undefined) continue;
        const was = before?.settlement ?? Settlement.open;
        if (after.settlement === Settlement.posted && was !== Settlement.posted) {
          postedAt.set(after.id, height);
          if (after.finalAtHeight < height + windowOf(after.id)) {
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
        else if (was === Settlement.disputed ? !judged : height < posted + windowOf(after.id)) {
          fail(`height ${height}: ${after.id}, posted at ${posted}, is final too early`);
        }
      }
    },
  };
};
