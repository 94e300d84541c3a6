import * as z from 'zod';
import { warningsField } from './problem.ts';
import { base64Bytes, byteArray32, count, timestamp, uint64 } from './scalars.ts';

const U32_MAX = 0xffff_ffff;
const text = z.string().default('');
const flag = z.boolean().default(false);
/** Go leaves a missing byte string nil and a missing array all zeros. */
const bytes = base64Bytes.default(() => new Uint8Array(0));
const word = byteArray32.default(() => new Uint8Array(32));
const time = timestamp.default('0001-01-01T00:00:00Z');

/** Evidence of NVIDIA's local verifier. `rim_verified` is a claim: it is compared with the evidence, never believed. */
export const localEvidenceSchema = z.object({
  spdm_report: bytes,
  cert_chain: bytes,
  rim_verified: flag,
  driver_report: bytes,
  nonce: word,
});

/** What a GPU without confidential computing says of itself. */
export const softwareAttestationSchema = z.object({
  gpu_serial: text,
  pci_id: text,
  board_id: text,
  gpu_part_num: text,
  compute_caps: text,
  driver_version: text,
  cuda_version: text,
  vbios_version: text,
  benchmark_hash: word,
  benchmark_time_ms: uint64.default(0n),
  provider_pubkey: bytes,
  signature: bytes,
  timestamp: time,
  nonce: word,
});

/** The Go service's GPUAttestation. Modes: 0 local evidence, 1 software. */
export const gpuAttestationSchema = z.object({
  device_id: text,
  model: text,
  cc_enabled: flag,
  tee_io_enabled: flag,
  driver_version: text,
  vbios_version: text,
  timestamp: time,
  mode: count(255).default(0),
  local_evidence: localEvidenceSchema.nullish(),
  software_attestation: softwareAttestationSchema.nullish(),
});

export type GPUAttestation = z.output<typeof gpuAttestationSchema>;

/** The Go service's AttestationQuote. Types: 0 unknown, 1 SGX, 2 SEV-SNP, 3 TDX, 4 NVIDIA, 5 ARM CCA. */
export const attestationQuoteSchema = z.object({
  type: count(255).default(0),
  version: count(U32_MAX).default(0),
  quote: bytes,
  measurement: bytes,
  report_data: bytes,
  timestamp: time,
  nonce: bytes,
});

export type AttestationQuote = z.output<typeof attestationQuoteSchema>;

export const verifyAttestationRequestSchema = z.object({ gpu_attestation: gpuAttestationSchema });

export const attestationVerdictSchema = z.object({
  verified: z.boolean(),
  trustScore: count(100),
  mode: count(255),
  hardwareCC: z.boolean(),
  /** "ok", or why not. */
  code: z.string(),
  reason: z.string().optional(),
  warnings: warningsField,
});

/** What a node says of an attestation. */
export type AttestationVerdict = z.output<typeof attestationVerdictSchema>;
