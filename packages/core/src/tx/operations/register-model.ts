import { list, struct } from '../../bytes/codec/composites.ts';
import { bool, bytes, bytes32, text, u8, u32 } from '../../bytes/codec/primitives.ts';
import { LIMITS } from '../../state/limits.ts';
import { defineOperation } from './define-operation.ts';
import { id } from './members.ts';

/**
 * Registers a model. int8-kernel: `weights` are its 598 parameter bytes, `header` is empty, `weightHash` is zero (it
 * is computed). int8-graph: `header` has the network, `weights` are empty, `weightHash` is the root over its blob. opaque:
 * `weights` are empty, `weightHash` is the owner's own commitment.
 */
export const registerModel = defineOperation({
  tag: 10,
  codec: struct('RegisterModel', {
    id,
    name: text(LIMITS.nameBytesMax),
    modelType: text(LIMITS.nameBytesMax),
    capabilities: list(text(LIMITS.nameBytesMax), LIMITS.capabilitiesMax),
    contextSize: u32,
    parameters: text(LIMITS.decimalBytesMax),
    checkClass: u8,
    deterministic: bool,
    header: bytes(LIMITS.headerBytesMax),
    weights: bytes(LIMITS.weightBytesMax),
    weightHash: bytes32,
    licenseRoot: bytes32,
  }),
  // A header has an operator in 22 bytes or more; checking one takes at most 20 µs.
  work: ({ header }) => 1_600 + Math.ceil((20 * header.length) / 22),
});
