import { bytesToHex } from '@aivm/core/bytes';
import { CheckClass, readDispute, Settlement } from '@aivm/core/state';
import type { CreateChecker, ObservedBlock } from './checker.ts';
import { PostedTerms } from './posted-terms.ts';

/**
 * Nothing is final before its window ended, or while a challenge waits for its judgement: a window that can be cut
 * short, or slept through, protects nobody.
 */
export const createFinalityChecker: CreateChecker = ({ genesis, mirror, fail }) => {
  const terms = new PostedTerms(genesis);
  const full = Number(genesis.config.challengeWindowBlocks);
  const postedAt = new Map<string, number>();
  /** By task: the output that its provider posted last, and those that members of a committee revealed. */
  const posted = new Map<string, string>();
  const revealed = new Map<string, readonly string[]>();
  const noteOutputs = ({ block, outcomes }: ObservedBlock): void => {
    for (const [i, { operation }] of block.transactions.entries()) {
      if (outcomes[i]?.code !== '') continue;
      if (operation.kind === 'submitResult') posted.set(operation.taskId, bytesToHex(operation.output));
      if (operation.kind !== 'revealResult') continue;
      const { taskId, output } = operation;
      revealed.set(taskId, [...(revealed.get(taskId) ?? []), bytesToHex(output)]);
    }
  };
  /** Whether enough members of the committee that ended in this block found what the provider had posted. */
  const isConfirmed = ({ changes }: ObservedBlock, taskId: string): boolean => {
    const m = changes.panel.find(({ before }) => before?.taskId === taskId)?.before?.m ?? Infinity;
    const agreeing = (revealed.get(taskId) ?? []).filter((output) => output === posted.get(taskId));
    return agreeing.length >= m;
  };
  /** What hardware vouches for has the window of its score, everything else the whole of it. */
  const windowOf = (taskId: string): number => terms.of(taskId)?.windowBlocks ?? full;
  return {
    name: 'finality',
    onBlock(block) {
      const { height, changes } = block;
      terms.apply(block);
      noteOutputs(block);
      for (const { before, after } of changes.task) {
        if (after === undefined) continue;
        const was = before?.settlement ?? Settlement.open;
        // A defended result is posted again, in the window that it has.
        const isNew = was !== Settlement.posted && was !== Settlement.disputed;
        if (after.settlement === Settlement.posted && isNew) {
          postedAt.set(after.id, height);
          if (after.finalAtHeight < height + windowOf(after.id)) {
            fail(`height ${height}: task ${after.id} would be final at ${after.finalAtHeight}`);
          }
        }
        if (after.settlement !== Settlement.final || was === Settlement.final || after.n > 0) continue;
        if (readDispute(mirror, after.id) !== undefined)
          fail(`height ${height}: ${after.id} is final under a challenge`);
        const since = postedAt.get(after.id);
        if (since === undefined) return fail(`height ${height}: ${after.id} is final and was never posted`);
        if (was === Settlement.disputed && after.checkClass !== CheckClass.int8Graph) {
          if (!isConfirmed(block, after.id))
            fail(`height ${height}: ${after.id} is final, its committee does not say so`);
        } else if (height < since + windowOf(after.id)) {
          fail(`height ${height}: ${after.id}, posted at ${since}, is final too early`);
        }
      }
    },
  };
};
