import type { AttestationVerdict, GPUAttestation } from '@aivm/sdk';

/** Verifies GPU evidence: local, no network. */
export type AttestationVerifier = (
  attestation: GPUAttestation,
  options: {
    /** Block time. */
    readonly nowSeconds: number;
    /** The provider that it is for, where the request says so. */
    readonly provider?: string | undefined;
  },
) => AttestationVerdict | Promise<AttestationVerdict>;

/** What a node without a verifier says: it has looked at nothing, so it vouches for nothing. */
export const notVerified = (attestation: GPUAttestation): AttestationVerdict => ({
  verified: false,
  trustScore: 0,
  mode: attestation.mode,
  hardwareCC: false,
  code: 'not_supported',
  reason: 'no attestation verifier is configured on this node: the evidence was not examined',
});
