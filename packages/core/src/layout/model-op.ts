import { defineLayout, type LayoutView } from './define-layout.ts';
import { bytes, u32, u64 } from './field.ts';

/** Registers a model or changes what is registered; Kind is one of MODEL_OP_KIND. 160 bytes. */
export const ModelOp = defineLayout('ModelOp', 160, {
  ModelRoot: bytes(0, 32),
  WeightHash: bytes(32, 32),
  LicenseRoot: bytes(64, 32),
  OwnerAddr: bytes(96, 20),
  ParameterCount: u64(120),
  Modality: u32(128),
  Kind: u32(132),
  Epoch: u32(136),
});
export type ModelOp = LayoutView<typeof ModelOp.fields>;
