import {
  type AttestationEvidence,
  type AttestationPolicy,
  type AttestationVerdict,
  DEFAULT_ATTESTATION_POLICY,
  type RootRole,
  type VerifyAttestationOptions,
  verifyAttestation,
} from '@aivm/core/attestation';
import { bytesToHex } from '@aivm/core/bytes';
import { sha256 } from '@noble/hashes/sha2.js';
import { NOW, type TestCertificate } from './certificates.ts';
import { INTEL_TEST_ROOT } from './intel.ts';
import { createMemoPrimitives } from './memo-primitives.ts';
import { NVIDIA_DEVICE_ROOT } from './nvidia.ts';
import { NVIDIA_RIM_ROOT } from './rim.ts';
import { SNP_TEST_ROOT } from './snp.ts';

const pin = (role: RootRole, pinned: Uint8Array) => ({ role, sha256: bytesToHex(sha256(pinned)) });

/** Pins for a test root in the place of one of AMD's or Intel's. */
export const pinCertificate = (role: RootRole, { der }: TestCertificate) => pin(role, der);

/** The default policy with the test roots named. */
export const TEST_POLICY: AttestationPolicy = {
  ...DEFAULT_ATTESTATION_POLICY,
  testRoots: [
    pinCertificate('amd-milan', SNP_TEST_ROOT),
    pinCertificate('amd-genoa', SNP_TEST_ROOT),
    pinCertificate('amd-turin', SNP_TEST_ROOT),
    pinCertificate('intel', INTEL_TEST_ROOT),
    pin('nvidia-device', NVIDIA_DEVICE_ROOT.key.spki),
    pin('nvidia-rim', NVIDIA_RIM_ROOT.key.spki),
  ],
};

const primitives = createMemoPrimitives();

/** Verifies at the time of the synthetic evidence under the test policy. */
export const verifyTest = (
  evidence: AttestationEvidence,
  collateral: Parameters<typeof verifyAttestation>[1] = {},
  options: Partial<VerifyAttestationOptions> = {},
): AttestationVerdict =>
  verifyAttestation(evidence, collateral, { now: NOW, policy: TEST_POLICY, primitives, ...options });

/** The code of {@link verifyTest}. */
export const codeOf = (...parameters: Parameters<typeof verifyTest>): string =>
  verifyTest(...parameters).code;
