import { defineLayout, type LayoutView } from './define-layout.ts';
import { bytes, u32, u64 } from './field.ts';

/** The envelope of one attestation proof. 240 bytes. */
export const ProofVerifyOp = defineLayout('ProofVerifyOp', 240, {
  Measurement: bytes(0, 32),
  AttestingKey: bytes(32, 48),
  Signature: bytes(80, 96),
  MessageHash: bytes(176, 32),
  ExpiryNS: u64(208),
  TimestampNS: u64(216),
  Kind: u32(224),
  Nonce: u32(228),
});
export type ProofVerifyOp = LayoutView<typeof ProofVerifyOp.fields>;
