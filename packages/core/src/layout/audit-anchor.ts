import { defineLayout, type LayoutView } from './define-layout.ts';
import { bytes, u32, u64 } from './field.ts';

/** One link of the audit chain. 128 bytes. */
export const AuditAnchor = defineLayout('AuditAnchor', 128, {
  CommitRoot: bytes(0, 32),
  ParentRoot: bytes(32, 32),
  ValidatorSetRootAtCommit: bytes(64, 32),
  Height: u64(96),
  TimestampNS: u64(104),
  Occupied: u32(112),
});
export type AuditAnchor = LayoutView<typeof AuditAnchor.fields>;
