import { defineLayout, type LayoutView } from './define-layout.ts';
import { bytes, u32, u64 } from './field.ts';

/** Records or renews one attestation. 144 bytes. */
export const AttestationOp = defineLayout('AttestationOp', 144, {
  TEEQuoteDigest: bytes(0, 32),
  Measurement: bytes(32, 32),
  AttestingKey: bytes(64, 48),
  ExpiryNS: u64(112),
  Kind: u32(120),
  EvidenceOffset: u32(124),
  EvidenceLen: u32(128),
  Epoch: u32(132),
});
export type AttestationOp = LayoutView<typeof AttestationOp.fields>;
