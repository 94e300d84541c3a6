import { defineLayout, type LayoutView } from './define-layout.ts';
import { bytes, u32 } from './field.ts';

/** How one inference ended, and the commitments to what went in and came out. 112 bytes. */
export const InferenceResult = defineLayout('InferenceResult', 112, {
  Status: u32(0),
  OutputLen: u32(4),
  InputCommitment: bytes(8, 32),
  OutputCommitment: bytes(40, 32),
  AttestationRoot: bytes(72, 32),
});
export type InferenceResult = LayoutView<typeof InferenceResult.fields>;
