import { defineLayout, type LayoutView } from './define-layout.ts';
import { bytes, u32, u64 } from './field.ts';

/** One slot of the model table. Version counts the updates of its weights from 1. 160 bytes. */
export const ModelRegistryEntry = defineLayout('ModelRegistryEntry', 160, {
  ModelRoot: bytes(0, 32),
  WeightHash: bytes(32, 32),
  LicenseRoot: bytes(64, 32),
  OwnerAddr: bytes(96, 20),
  Version: u64(120),
  ParameterCount: u64(128),
  Modality: u32(136),
  Occupied: u32(140),
});
export type ModelRegistryEntry = LayoutView<typeof ModelRegistryEntry.fields>;
