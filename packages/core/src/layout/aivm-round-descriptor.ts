import { defineLayout, type LayoutView } from './define-layout.ts';
import { bytes, u32, u64 } from './field.ts';

/** What one round runs under: its time, its counts, the root it builds on. 96 bytes. */
export const AIVMRoundDescriptor = defineLayout('AIVMRoundDescriptor', 96, {
  ChainID: u64(0),
  Round: u64(8),
  TimestampNS: u64(16),
  Epoch: u64(24),
  Mode: u32(32),
  AttestationOpCount: u32(36),
  ModelOpCount: u32(40),
  AnchorOpCount: u32(44),
  ClosingFlag: u32(48),
  ParentAIVMRoot: bytes(64, 32),
});
export type AIVMRoundDescriptor = LayoutView<typeof AIVMRoundDescriptor.fields>;
