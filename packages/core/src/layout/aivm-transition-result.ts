import { defineLayout, type LayoutView } from './define-layout.ts';
import { bytes, u32, u64 } from './field.ts';

/** What one epoch transition counted and committed to. 192 bytes. */
export const AIVMTransitionResult = defineLayout('AIVMTransitionResult', 192, {
  Status: u32(0),
  AttestationApplyCount: u32(4),
  ModelApplyCount: u32(8),
  AnchorApplyCount: u32(12),
  ActiveAttestations: u32(16),
  ExpiredAttestations: u32(20),
  ModelCount: u32(24),
  AnchorCount: u32(28),
  Epoch: u64(32),
  TotalModels: u64(40),
  TotalAnchors: u64(48),
  AttestationRoot: bytes(64, 32),
  ModelRegistryRoot: bytes(96, 32),
  AuditRoot: bytes(128, 32),
  AIVMStateRoot: bytes(160, 32),
});
export type AIVMTransitionResult = LayoutView<typeof AIVMTransitionResult.fields>;
