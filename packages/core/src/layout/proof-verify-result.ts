import { defineLayout, type LayoutView } from './define-layout.ts';
import { bytes, u32 } from './field.ts';

/** What the envelope check found; Status is a set of PROOF_STATUS bits. 48 bytes. */
export const ProofVerifyResult = defineLayout('ProofVerifyResult', 48, {
  Status: u32(0),
  Kind: u32(4),
  BindingHash: bytes(8, 32),
});
export type ProofVerifyResult = LayoutView<typeof ProofVerifyResult.fields>;
