import { struct } from '../../bytes/codec/composites.ts';
import { bytes, bytes32, height } from '../../bytes/codec/primitives.ts';
import { defineOperation } from './define-operation.ts';
import { id } from './members.ts';

/** Bytes of a leaf, and of up to three siblings on each of 17 levels: a blob has at most 2^40 bytes. */
const LEAF_BYTES_MAX = 128;
const SIBLINGS_BYTES_MAX = 1_632;

/**
 * Says that a provider holds the blob of a network: from now on it is drawn for tasks of this model with these weights. It opens the
 * leaf that the id of the block at `nonceHeight` chose for it, see docs/networks.md.
 */
export const holdModel = defineOperation({
  tag: 22,
  codec: struct('HoldModel', {
    provider: id,
    model: id,
    weightHash: bytes32,
    nonceHeight: height,
    leaf: bytes(LEAF_BYTES_MAX),
    siblings: bytes(SIBLINGS_BYTES_MAX),
  }),
  work: 1_000,
});
