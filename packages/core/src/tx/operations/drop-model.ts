import { struct } from '../../bytes/codec/composites.ts';
import { bytes32 } from '../../bytes/codec/primitives.ts';
import { defineOperation } from './define-operation.ts';
import { id } from './members.ts';

/** Says that a provider no longer holds a blob: it is not drawn any more for tasks of any network with these weights. */
export const dropModel = defineOperation({
  tag: 23,
  codec: struct('DropModel', { provider: id, weightHash: bytes32 }),
  // Out of the lists of up to 64 networks over one blob.
  work: 12_000,
});
