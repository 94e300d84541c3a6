/** Bits of `Attestation.Status`. */
export const ATTESTATION_STATUS = { verified: 0x2, expired: 0x4 } as const;

/** Values of `ModelOp.Kind`. */
export const MODEL_OP_KIND = { register: 0, updateWeights: 1, updateLicense: 2, transfer: 3 } as const;

/** Values of `AIVMRoundDescriptor.Mode`. */
export const ROUND_MODE = { attestation: 0, provenance: 1, anchor: 2, epoch: 3, fullRound: 4 } as const;

/** Values of `InferenceResult.Status`. */
export const INFERENCE_STATUS = { ok: 0, wrongModel: 1, wrongInputLength: 2, noOutputCapacity: 3 } as const;

/** Bits of `ProofVerifyResult.Status`. `ok` says that nothing is missing or expired, never that a signature holds. */
export const PROOF_STATUS = {
  ok: 0x01,
  signatureMissing: 0x02,
  measurementMissing: 0x04,
  expired: 0x08,
  keyZero: 0x10,
} as const;
