import { struct } from '../../bytes/codec/composites.ts';
import { bytes, bytes32, u64 } from '../../bytes/codec/primitives.ts';
import { LIMITS } from '../../state/limits.ts';
import { defineOperation } from './define-operation.ts';
import { id } from './members.ts';

/** Says that a posted result is wrong, with the output that would be right, and stakes a bond on it. */
export const challenge = defineOperation({
  tag: 19,
  codec: struct('Challenge', {
    taskId: id,
    output: bytes(LIMITS.outputBytesMax),
    traceRoot: bytes32,
    bond: u64,
  }),
  work: 1_600,
  job: ({ taskId }) => taskId,
});
