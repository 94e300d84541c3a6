import { readTaskOutput, Settlement } from '@aivm/core/state';
import type { CreateChecker } from './checker.ts';
import { NetworkTruth } from './network-truth.ts';
import { Truth } from './truth.ts';

/**
 * A false result of int8 arithmetic, of the kernel or a network, is never final while one honest watcher looks, and never at all where the kernel judges every
 * answer: this is what a user buys.
 */
export const createFalseResultChecker: CreateChecker = ({ cast, mirror, fail }) => {
  const truth = new Truth();
  const networks = new NetworkTruth();
  return {
    name: 'false-result',
    onBlock(block) {
      truth.apply(block, mirror);
      networks.apply(block, mirror);
      for (const { after } of block.changes.task) {
        if (after?.settlement !== Settlement.final) continue;
        if (cast.guarantees.watched && networks.isRight(after.id) === false)
          fail(`height ${block.height}: task ${after.id} is final with a false result of its network`);
        const right = truth.of(after.id);
        if (right === undefined || !(cast.guarantees.watched || after.n > 0)) continue;
        const [output = -1] = readTaskOutput(mirror, after.id) ?? [];
        if (output !== right)
          fail(`height ${block.height}: task ${after.id} is final with ${output}, right is ${right}`);
      }
    },
  };
};
