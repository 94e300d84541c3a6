import { struct } from '../../bytes/codec/composites.ts';
import { bytes, bytes32, u8, u64 } from '../../bytes/codec/primitives.ts';
import { LIMITS } from '../../state/limits.ts';
import { defineOperation } from './define-operation.ts';
import { seatMembers } from './members.ts';

/** Shows what a seat committed to. `vote` is 0 for an output, 1 for `too_long`, 2 for `cannot_run`; these have none. */
export const revealResult = defineOperation({
  tag: 18,
  codec: struct('RevealResult', {
    ...seatMembers,
    vote: u8,
    output: bytes(LIMITS.outputBytesMax),
    computeTimeMs: u64,
    salt: bytes32,
  }),
  // The last one settles a panel of up to fifteen members.
  work: 7_000,
  job: ({ taskId }) => taskId,
});
