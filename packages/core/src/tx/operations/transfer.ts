import { struct } from '../../bytes/codec/composites.ts';
import { address, u128 } from '../../bytes/codec/primitives.ts';
import { defineOperation } from './define-operation.ts';

/** Moves money between accounts. */
export const transfer = defineOperation({
  tag: 1,
  codec: struct('Transfer', { to: address, amount: u128 }),
  work: 0,
});
