import { defineLayout, type LayoutView } from './define-layout.ts';
import { bytes, u32, u64 } from './field.ts';

/** One slot of the attestation table: who was attested, until when, and how that stands. 144 bytes. */
export const Attestation = defineLayout('Attestation', 144, {
  TEEQuoteDigest: bytes(0, 32),
  Measurement: bytes(32, 32),
  AttestingKey: bytes(64, 48),
  ExpiryNS: u64(112),
  Kind: u32(120),
  EvidenceOffset: u32(124),
  EvidenceLen: u32(128),
  Status: u32(132),
  Occupied: u32(136),
});
export type Attestation = LayoutView<typeof Attestation.fields>;
