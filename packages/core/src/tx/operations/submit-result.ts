import { struct } from '../../bytes/codec/composites.ts';
import { bytes, bytes32, text, u8, u64 } from '../../bytes/codec/primitives.ts';
import { LIMITS } from '../../state/limits.ts';
import { defineOperation } from './define-operation.ts';
import { id } from './members.ts';

/** Work of recovering the key that signed the answer, if one did. */
const SESSION_SIGNATURE_WORK = 400;

/**
 * Answers a task: `output`, or `error` with an empty output. `attempt`, `inputHash` and `weightHash` are those that the
 * task's record binds: an answer to other facts is refused.
 * `sessionSignature` is empty, or the 65 bytes by which the key in the provider's attestation signs the answer.
 */
export const submitResult = defineOperation({
  tag: 16,
  codec: struct('SubmitResult', {
    taskId: id,
    provider: id,
    attempt: u8,
    inputHash: bytes32,
    weightHash: bytes32,
    output: bytes(LIMITS.outputBytesMax),
    error: text(LIMITS.errorBytesMax),
    computeTimeMs: u64,
    proof: bytes(LIMITS.proofBytesMax),
    sessionSignature: bytes(65),
  }),
  work: ({ sessionSignature }) => 1_000 + (sessionSignature.length > 0 ? SESSION_SIGNATURE_WORK : 0),
  job: ({ taskId }) => taskId,
});
