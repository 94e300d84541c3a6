import { struct } from '../../bytes/codec/composites.ts';
import { defineOperation } from './define-operation.ts';
import { id } from './members.ts';

/** Takes the whole bond home. */
export const withdrawBond = defineOperation({
  tag: 7,
  codec: struct('WithdrawBond', { id }),
  // Out of up to 32 lists of models.
  work: 4_000,
});
