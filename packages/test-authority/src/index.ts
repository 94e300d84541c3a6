/**
 * Attestation evidence under test roots, for tests, the demo and the simulator.
 *
 * A chain accepts it only if its genesis names these roots as `testRoots` and sets the flag `development`. Their keys
 * are public: any reader of this package can sign with them.
 *
 * @packageDocumentation
 */

export {
  type CertificateOptions,
  DAY,
  type ListOptions,
  makeCertificate,
  makeList,
  NOW,
  nameOf,
  type TestCertificate,
  type TestExtension,
  toPem,
} from './certificates.ts';
export { bits, der, ia5, integer, NULL, octets, oid, sequence, TRUE, time, unsigned, utf8 } from './der.ts';
export {
  type DocumentPatch,
  INTEL_TEST_ROOT,
  type IntelTest,
  type IntelTestOptions,
  makeIntel,
} from './intel.ts';
export { ecdsaDer, ecKey, flipS, pssAlgorithm, rsaKey, type TestEcKey, type TestKey } from './keys.ts';
export { createMemoPrimitives } from './memo-primitives.ts';
export {
  digestText,
  type GpuTest,
  type GpuTestOptions,
  makeGpu,
  measurementOf,
  NVIDIA_DEVICE_ROOT,
} from './nvidia.ts';
export { makeStatusResponse, type StatusResponseOptions } from './ocsp.ts';
export { codeOf, pinCertificate, TEST_POLICY, verifyTest } from './policy.ts';
export { makeRim, makeRims, NVIDIA_RIM_ROOT, type Reference, type RimTestOptions } from './rim.ts';
export { type EvidenceSample, makeSamples } from './samples.ts';
export {
  makeSnp,
  makeSnpIssuers,
  type Product,
  SNP_TEST_ROOT,
  type SnpIssuers,
  type SnpTest,
  type SnpTestOptions,
  withSignature,
} from './snp.ts';
export { makeSoftware, type SoftwareTest, signSoftware } from './software.ts';
export {
  makeLargeList,
  makeLargeManifest,
  makeScopedManifest,
  makeWorstCases,
  type WorstCase,
} from './worst-cases.ts';
