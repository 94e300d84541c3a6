import { concatBytes, equalBytes, isZeroBytes } from '../bytes/bytes.ts';
import { keccak256 } from '../crypto/keccak.ts';
import { parseSnpReport } from './amd/snp-report.ts';
import { parseIntelQuote } from './intel/quote.ts';
import { parseSpdmReport } from './nvidia/spdm.ts';
import { expect } from './refusal.ts';
import { isLowSecp256k1, isStrictEd25519 } from './software/canonical-signature.ts';
import { softwareMessage } from './software/statement.ts';
import type { AttestationEvidence } from './verify-attestation.ts';
import { parseCertificate } from './x509/certificate.ts';

/** What a report carries outside and inside its signature, read without believing any of it. */
export interface EvidenceEnvelope {
  /** 32 bytes: the measurement, or its hash where it is longer; zero where the report has none. */
  readonly measurement: Uint8Array;
  /** 48 bytes: the first coordinate of the key that signed, with zeros behind it. */
  readonly attestingKey: Uint8Array;
  /** 96 bytes: r ‖ s with zeros behind it. */
  readonly signature: Uint8Array;
  /** Hash of the signed bytes. */
  readonly messageHash: Uint8Array;
  /** Whether the report answers `binding`. */
  readonly isBound: boolean;
}

const MEASUREMENT_BYTES = 32;
const KEY_BYTES = 48;
const SIGNATURE_BYTES = 96;

const padded = (bytes: Uint8Array, size: number): Uint8Array => {
  const whole = new Uint8Array(size);
  whole.set(bytes.subarray(0, size));
  return whole;
};

/** A measurement in the 32 bytes that the kernels have for it. */
export function measurementDigest(measurement: Uint8Array): Uint8Array {
  if (measurement.length <= MEASUREMENT_BYTES || isZeroBytes(measurement)) {
    return padded(measurement, MEASUREMENT_BYTES);
  }
  return keccak256(measurement);
}

interface Parts {
  readonly measurement: Uint8Array;
  readonly key: Uint8Array;
  readonly signature: Uint8Array;
  readonly signedBytes: Uint8Array;
  readonly nonce: Uint8Array;
}

/** The first coordinate of the key in a leaf certificate. */
function keyOf(chain: readonly Uint8Array[]): Uint8Array {
  const [leaf] = chain;
  expect(leaf !== undefined, 'malformed', 'certificate chain: empty');
  const { publicKey } = parseCertificate(leaf);
  return publicKey.type === 'ec'
    ? publicKey.point.subarray(1, 1 + (publicKey.point.length - 1) / 2)
    : publicKey.modulus;
}

function partsOf(evidence: AttestationEvidence): readonly Parts[] {
  switch (evidence.kind) {
    case 'snp': {
      const { measurement, signature, signedBytes, reportData } = parseSnpReport(evidence.report);
      const nonce = reportData.subarray(0, 32);
      return [{ measurement, key: keyOf(evidence.chain), signature, signedBytes, nonce }];
    }
    case 'sgx':
    case 'tdx': {
      const { body, attestationKey, signature, signedBytes } = parseIntelQuote(evidence.quote);
      const [key, nonce] = [attestationKey.subarray(0, 32), body.reportData.subarray(0, 32)];
      return [{ measurement: body.measurement, key, signature, signedBytes, nonce }];
    }
    case 'nvidia':
      return evidence.gpus.map((gpu) => {
        const { record, signature, signedBytes, nonce } = parseSpdmReport(gpu.report);
        return { measurement: record, key: keyOf(gpu.chain), signature, signedBytes, nonce };
      });
    case 'software': {
      const { publicKey, signature, nonce } = evidence;
      const isCanonical =
        publicKey.length === 32 ? isStrictEd25519(publicKey, signature) : isLowSecp256k1(signature);
      expect(isCanonical, 'signature', 'software statement');
      const signedBytes = softwareMessage(evidence);
      return [{ measurement: keccak256(signedBytes), key: publicKey, signature, signedBytes, nonce }];
    }
  }
}

/**
 * Reads evidence as far as it goes without cryptography: what kernel 6 is fed, and whether the reports answer the
 * request at all. One envelope a report. Costs microseconds where a verification costs tens of milliseconds.
 * Bad form ends it as an AttestationRefusal.
 */
export const readEnvelopes = (
  evidence: AttestationEvidence,
  binding: Uint8Array,
): readonly EvidenceEnvelope[] =>
  partsOf(evidence).map(({ measurement, key, signature, signedBytes, nonce }) => ({
    measurement: measurementDigest(measurement),
    attestingKey: padded(key, KEY_BYTES),
    signature: padded(signature, SIGNATURE_BYTES),
    messageHash: keccak256(signedBytes),
    isBound: equalBytes(nonce, binding),
  }));

/** Digest of all reports of an attestation: each as it was handed in, in order. */
export const reportsOf = (evidence: AttestationEvidence): readonly Uint8Array[] => {
  switch (evidence.kind) {
    case 'snp':
      return [evidence.report];
    case 'sgx':
    case 'tdx':
      return [evidence.quote];
    case 'nvidia':
      return evidence.gpus.map(({ report }) => report);
    case 'software':
      return [concatBytes(softwareMessage(evidence), evidence.signature)];
  }
};
