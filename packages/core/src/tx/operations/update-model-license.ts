import { struct } from '../../bytes/codec/composites.ts';
import { bytes32 } from '../../bytes/codec/primitives.ts';
import { defineOperation } from './define-operation.ts';
import { id } from './members.ts';

/** Replaces a model's licence. */
export const updateModelLicense = defineOperation({
  tag: 12,
  codec: struct('UpdateModelLicense', { id, licenseRoot: bytes32 }),
  work: 200,
});
