import { struct } from '../../bytes/codec/composites.ts';
import { u64 } from '../../bytes/codec/primitives.ts';
import { defineOperation } from './define-operation.ts';
import { id } from './members.ts';

/** Adds to the provider's bond. */
export const addBond = defineOperation({
  tag: 5,
  codec: struct('AddBond', { id, amount: u64 }),
  // A provider that comes back enters up to 96 lists of models and blobs.
  work: 18_000,
});
