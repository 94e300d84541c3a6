import { defineLayout, type LayoutView } from './define-layout.ts';
import { bytes, u32, u64 } from './field.ts';

/** What an epoch leaves for the next one. 160 bytes. */
export const AIVMEpochState = defineLayout('AIVMEpochState', 160, {
  CurrentEpoch: u64(0),
  NextEpochHeight: u64(8),
  TotalActiveAttestations: u64(16),
  ActiveModelCount: u32(24),
  ExpiredAttestationCount: u32(28),
  AttestationRoot: bytes(32, 32),
  ModelRegistryRoot: bytes(64, 32),
  AuditRoot: bytes(96, 32),
  AIVMStateRoot: bytes(128, 32),
});
export type AIVMEpochState = LayoutView<typeof AIVMEpochState.fields>;
