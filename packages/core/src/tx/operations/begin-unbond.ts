import { struct } from '../../bytes/codec/composites.ts';
import { defineOperation } from './define-operation.ts';
import { id } from './members.ts';

/** Ends new work; the bond can leave once nothing is reserved and unbondBlocks have passed. */
export const beginUnbond = defineOperation({
  tag: 6,
  codec: struct('BeginUnbond', { id }),
  // Out of up to 64 lists of blobs, and uncounted in 32 of models.
  work: 12_000,
});
