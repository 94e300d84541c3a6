import { struct } from '../../bytes/codec/composites.ts';
import { bytes, bytes32 } from '../../bytes/codec/primitives.ts';
import { LIMITS } from '../../state/limits.ts';
import { defineOperation } from './define-operation.ts';
import { id } from './members.ts';

/** Replaces a model's weights; open tasks keep the ones that they were submitted under. */
export const updateModelWeights = defineOperation({
  tag: 11,
  codec: struct('UpdateModelWeights', {
    id,
    weights: bytes(LIMITS.weightBytesMax),
    weightHash: bytes32,
  }),
  work: 1_600,
});
