export { installAttestationPrimitives } from './active-primitives.ts';
export { ATTESTATION_CODES } from './codes.ts';
export type { VendorDocument } from './collateral/vendor-document.ts';
export { verifyVendorDocument } from './collateral/verify-document.ts';
export { rfc3339ToSeconds } from './encoding/time.ts';
export { pathFromFirst } from './files/certificate-path.ts';
export { readCertificateTable } from './files/certificate-table.ts';
export { readCertificates } from './files/decode.ts';
export { readEvidenceFile } from './files/evidence-file.ts';
export { readManifestFile, readVendorDocuments } from './files/vendor-documents.ts';
export { verifyEvidenceFiles } from './files/verify-evidence-files.ts';
export { ModeSoftware, readGPUAttestation } from './gpu-attestation.ts';
export type { IntelCollateral } from './intel/collateral.ts';
export { TCB_STATUSES } from './intel/tcb-status.ts';
export { ATTESTATION_KINDS, type AttestationKind, KIND_NUMBER, type ProcessorKind } from './kinds.ts';
export { ATTESTATION_LIMITS } from './limits.ts';
export { createGpuCollateralStock, type GpuCollateralStock } from './nvidia/collateral-stock.ts';
export { type AttestationPolicy, DEFAULT_ATTESTATION_POLICY } from './policy.ts';
export type { AttestationPrimitives } from './primitives.ts';
export { noblePrimitives } from './primitives-noble.ts';
export { AttestationRefusal } from './refusal.ts';
export { type AttestationBindingParameters, attestationBinding, attestationNonce } from './replay-key.ts';
export type { RootRole } from './roots.ts';
export { type SoftwareStatement, softwareMessage } from './software/statement.ts';
export type { AttestationVerdict } from './verdict.ts';
export {
  type AttestationCollateral,
  type AttestationEvidence,
  type VerifyAttestationOptions,
  verifyAttestation,
} from './verify-attestation.ts';
export { type GPUAttestationAnswer, verifyGPUAttestationShape } from './verify-gpu-attestation.ts';
export { attestationWork, vendorDocumentWork } from './work.ts';
