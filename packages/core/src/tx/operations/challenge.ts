import { struct } from '../../bytes/codec/composites.ts';
import { bytes, bytes32, u8, u16, u64 } from '../../bytes/codec/primitives.ts';
import { LIMITS } from '../../state/limits.ts';
import { defineOperation } from './define-operation.ts';
import { id } from './members.ts';

/**
 * Says that a posted result is wrong and stakes a bond on it. `output` is what would be right; `rootCommitment` is zero.
 * About a result of an int8-graph model: `output` is empty, `rootCommitment` hides the root of the challenger's own trace
 * (see hashGameRoot), the chain computes the stake, and `bond` is the most that the challenger agrees to, 0 for any. The
 * other members say which result of which facts is meant, as the task's record has them; a misfit stakes nothing.
 */
export const challenge = defineOperation({
  tag: 19,
  codec: struct('Challenge', {
    taskId: id,
    attempt: u8,
    panel: u16,
    inputHash: bytes32,
    weightHash: bytes32,
    postedHash: bytes32,
    output: bytes(LIMITS.outputBytesMax),
    bond: u64,
    rootCommitment: bytes32,
  }),
  work: 1_600,
  job: ({ taskId }) => taskId,
});
