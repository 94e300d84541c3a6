import type { AttestationVerdict, GPUAttestation } from '@aivm/sdk';

/** Verifies GPU evidence: local, no network. `nowSeconds` is block time. */
export type AttestationVerifier = (
  attestation: GPUAttestation,
  options: { readonly nowSeconds: number },
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
