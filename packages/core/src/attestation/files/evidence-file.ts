import { bytesToUtf8 } from '../../bytes/utf8.ts';
import {
  asList,
  asRecord,
  asText,
  bytesToJsonRecord,
  type JsonRecord,
  textToJson,
  textToUtf8,
} from '../encoding/json.ts';
import { readGPUAttestation, softwareEvidenceOf } from '../gpu-attestation.ts';
import type { AttestationKind } from '../kinds.ts';
import { ATTESTATION_LIMITS } from '../limits.ts';
import type { GpuEvidence } from '../nvidia/verify-gpu.ts';
import { expect, refuse } from '../refusal.ts';
import type { AttestationEvidence } from '../verify-attestation.ts';
import { decodeBinary, decodeCertificates, textToBytes } from './decode.ts';
import { goText, goUint64 } from './go-json.ts';

/** The GPUs of the JSON that NVIDIA's tools write: one entry, a list, or a list under one of these names. */
const LIST_NAMES = ['evidences', 'evidence_list'] as const;

function entriesOf(value: unknown): readonly JsonRecord[] {
  if (Array.isArray(value)) return value.map((entry) => asRecord(entry, 'evidence'));
  const record = asRecord(value, 'evidence');
  const name = LIST_NAMES.find((candidate) => record[candidate] !== undefined);
  if (name === undefined) return [record];
  return asList(record[name], name).map((entry) => asRecord(entry, name));
}

function gpuOf(entry: JsonRecord, chain: readonly Uint8Array[]): GpuEvidence {
  const evidence = textToBytes(asText(entry.evidence, 'evidence'));
  if (evidence === undefined) refuse('malformed', 'evidence: neither hex nor base64');
  const { certificate } = entry;
  return {
    report: decodeBinary(evidence, 'evidence'),
    chain:
      certificate === undefined
        ? chain
        : decodeCertificates(textToUtf8(asText(certificate, 'certificate'), 'certificate'), 'certificate'),
  };
}

function nvidiaEvidence(file: Uint8Array, chain: readonly Uint8Array[]): AttestationEvidence {
  const text = bytesToUtf8(file)?.trim() ?? '';
  if (!text.startsWith('{') && !text.startsWith('[')) {
    return { kind: 'nvidia', gpus: [{ report: decodeBinary(file, 'evidence'), chain }] };
  }
  const entries = entriesOf(textToJson(text));
  expect(entries.length <= ATTESTATION_LIMITS.gpusMax, 'too_large', 'more than 8 GPUs');
  return { kind: 'nvidia', gpus: entries.map((entry) => gpuOf(entry, chain)) };
}

/** A GPU attestation of mode 1 with `chain_id` and `provider` beside it. */
function softwareEvidence(file: Uint8Array): AttestationEvidence {
  const record = bytesToJsonRecord(file, 'evidence');
  const attestation = readGPUAttestation(record);
  const { softwareAttestation } = attestation;
  if (softwareAttestation === undefined) refuse('malformed', 'evidence: no software_attestation');
  const chainId = goUint64(record.chain_id, 'chain_id');
  return softwareEvidenceOf(attestation, softwareAttestation, {
    chainId,
    provider: goText(record.provider, 'provider'),
  });
}

/** Evidence out of a file: binary, hex or base64 text, or JSON for the two kinds that are exchanged as JSON. */
export function readEvidenceFile(
  kind: AttestationKind,
  file: Uint8Array,
  chainFiles: readonly Uint8Array[],
): AttestationEvidence {
  expect(file.length <= ATTESTATION_LIMITS.fileBytesMax, 'too_large', 'evidence file');
  const chain = chainFiles.flatMap((bytes, i) => decodeCertificates(bytes, `chain file ${i}`));
  switch (kind) {
    case 'snp':
      return { kind, report: decodeBinary(file, 'evidence'), chain };
    case 'sgx':
    case 'tdx':
      return { kind, quote: decodeBinary(file, 'evidence') };
    case 'nvidia':
      return nvidiaEvidence(file, chain);
    case 'software':
      return softwareEvidence(file);
  }
}
