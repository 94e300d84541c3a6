import { struct } from '../../bytes/codec/composites.ts';
import { bytes, bytes32, u64 } from '../../bytes/codec/primitives.ts';
import { LIMITS } from '../../state/limits.ts';
import { defineOperation } from './define-operation.ts';
import { id } from './members.ts';

/** Shows what a seat committed to. */
export const revealResult = defineOperation({
  tag: 18,
  codec: struct('RevealResult', {
    taskId: id,
    provider: id,
    output: bytes(LIMITS.outputBytesMax),
    computeTimeMs: u64,
    traceRoot: bytes32,
    salt: bytes32,
  }),
  work: 1_000,
  job: ({ taskId }) => taskId,
});
