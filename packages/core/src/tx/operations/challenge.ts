import { struct } from '../../bytes/codec/composites.ts';
import { bytes, bytes32, u64 } from '../../bytes/codec/primitives.ts';
import { LIMITS } from '../../state/limits.ts';
import { defineOperation } from './define-operation.ts';
import { id } from './members.ts';

/**
 * Says that a posted result is wrong and stakes a bond on it. `output` is what would be right; `rootCommitment` is zero.
 * About a result of an int8-graph model: `output` is empty, `rootCommitment` hides the root of the challenger's own trace
 * (see hashGameRoot), the chain computes the stake, and `bond` is the most that the challenger agrees to, 0 for any.
 */
export const challenge = defineOperation({
  tag: 19,
  codec: struct('Challenge', {
    taskId: id,
    output: bytes(LIMITS.outputBytesMax),
    traceRoot: bytes32,
    bond: u64,
    rootCommitment: bytes32,
  }),
  work: 1_600,
  job: ({ taskId }) => taskId,
});
