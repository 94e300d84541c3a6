import type { CreateChecker } from './checker.ts';
import { Truth } from './truth.ts';

/**
 * The chain judges an int8 challenge as arithmetic does: an honest challenger never loses against a false result, and
 * nobody wins against a right one.
 */
export const createHonestChallengerChecker: CreateChecker = ({ cast, mirror, fail }) => {
  const truth = new Truth();
  const posted = new Map<string, number>();
  return {
    name: 'honest-challenger',
    onBlock(block) {
      truth.apply(block, mirror);
      for (const [i, { operation }] of block.block.transactions.entries()) {
        if (operation.kind !== 'submitResult' || block.outcomes[i]?.code !== '') continue;
        posted.set(operation.taskId, operation.output[0] ?? -1);
      }
      for (const event of block.events) {
        if (event.kind !== 'challenge') continue;
        const right = truth.of(event.taskId);
        if (right === undefined) continue;
        const isFalse = posted.get(event.taskId) !== right;
        if (isFalse !== event.upheld) {
          fail(
            `height ${block.height}: the result of ${event.taskId} is ${isFalse ? 'false' : 'right'}, judged otherwise`,
          );
        }
        if (!event.upheld && cast.isHonest(event.challenger)) {
          fail(`height ${block.height}: an honest challenger lost over ${event.taskId}`);
        }
      }
    },
  };
};
