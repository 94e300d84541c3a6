import { bytesToHex } from '../../bytes/hex.ts';
import { bytesToUtf8 } from '../../bytes/utf8.ts';
import { SNP_REPORT_BYTES } from '../amd/snp-report.ts';
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
import { readCertificateTable } from './certificate-table.ts';
import { asAsciiText, decodeBinary, decodeCertificates, textToBytes } from './decode.ts';
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

/** Text, or bytes as Python's jsonpickle writes them: { "py/b64": base64 }. */
function pickledText(value: unknown, name: string): string {
  if (typeof value !== 'object' || value === null) return asText(value, name);
  const bytes = textToBytes(asText(asRecord(value, name)['py/b64'], `${name}."py/b64"`));
  if (bytes === undefined) refuse('malformed', `${name}."py/b64": not base64`);
  return bytesToHex(bytes);
}

function gpuOf(entry: JsonRecord, chain: readonly Uint8Array[]): GpuEvidence {
  const evidence = textToBytes(pickledText(entry.evidence, 'evidence'));
  if (evidence === undefined) refuse('malformed', 'evidence: neither hex nor base64');
  const { certificate } = entry;
  return {
    report: decodeBinary(evidence, 'evidence'),
    chain:
      certificate === undefined
        ? chain
        : decodeCertificates(
            textToUtf8(pickledText(certificate, 'certificate'), 'certificate'),
            'certificate',
          ),
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

/** Members under which tools put a quote or report into JSON: dstack, the attesters of confidential containers. */
const REPORT_MEMBERS = ['quote', 'evidence', 'report', 'attestation_report'] as const;

/** A processor's report out of binary, hex, base64, or the JSON of a tool around one of these. */
function processorReport(file: Uint8Array): Uint8Array {
  const text = asAsciiText(file);
  if (text?.startsWith('{') !== true) return decodeBinary(file, 'evidence');
  const record = asRecord(textToJson(text), 'evidence');
  const name = REPORT_MEMBERS.find((member) => record[member] !== undefined);
  if (name === undefined) {
    refuse('malformed', `evidence: JSON without a member ${REPORT_MEMBERS.join(', ')} that holds the report`);
  }
  const value = record[name];
  expect(
    typeof value === 'string',
    'unsupported',
    `evidence.${name}: fields of a report, whose signature covers its bytes; hand in the bytes, in hex or base64`,
  );
  const bytes = textToBytes(value);
  if (bytes === undefined) refuse('malformed', `evidence.${name}: neither hex nor base64`);
  return decodeBinary(bytes, 'evidence');
}

const HCL_MAGIC = 'HCLA';
const HCL_REPORT_AT = 0x20;

/**
 * An SNP report with what was stored around it: Azure's blob has it behind a header, Linux hands over the table of
 * certificates behind it.
 */
function snpEvidence(file: Uint8Array, chain: readonly Uint8Array[]): AttestationEvidence {
  const bytes = processorReport(file);
  const isAzure = String.fromCharCode(...bytes.subarray(0, HCL_MAGIC.length)) === HCL_MAGIC;
  if (isAzure) {
    const report = bytes.slice(HCL_REPORT_AT, HCL_REPORT_AT + SNP_REPORT_BYTES);
    return { kind: 'snp', report, chain };
  }
  const table = bytes.subarray(SNP_REPORT_BYTES);
  const handed = table.length === 0 ? [] : readCertificateTable(table);
  expect(
    table.length === 0 || handed.length > 0,
    'malformed',
    `report: expected ${SNP_REPORT_BYTES} bytes, got ${bytes.length}; cut the report out (in Azure's blob it begins at byte 32), or hand in report and certificate table`,
  );
  return {
    kind: 'snp',
    report: bytes.subarray(0, SNP_REPORT_BYTES),
    chain: chain.length > 0 ? chain : handed,
  };
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
      return snpEvidence(file, chain);
    case 'sgx':
    case 'tdx':
      return { kind, quote: processorReport(file) };
    case 'nvidia':
      return nvidiaEvidence(file, chain);
    case 'software':
      return softwareEvidence(file);
  }
}
