import { defineLayout, type LayoutView } from './define-layout.ts';
import { bytes, u32, u64 } from './field.ts';

/** Runs the classifier once over bytes of a shared input arena. 144 bytes. */
export const InferenceOp = defineLayout('InferenceOp', 144, {
  ModelHash: bytes(0, 32),
  PolicyHash: bytes(32, 32),
  Salt: bytes(64, 32),
  Mode: u32(96),
  InputOffset: u32(100),
  InputLen: u32(104),
  OutputOffset: u32(108),
  OutputCapacity: u32(112),
  RoundID: u64(120),
  TimestampNS: u64(128),
});
export type InferenceOp = LayoutView<typeof InferenceOp.fields>;
