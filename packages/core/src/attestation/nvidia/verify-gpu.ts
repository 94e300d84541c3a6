import { equalBytes } from '../../bytes/bytes.ts';
import { bytesToHex } from '../../bytes/hex.ts';
import type { TimeWindow } from '../encoding/time.ts';
import type { Objection, VerificationContext } from '../facts.ts';
import { objectionsOf } from '../facts.ts';
import { ATTESTATION_LIMITS } from '../limits.ts';
import { rootsOf } from '../policy.ts';
import { AttestationRefusal, expect, refuse } from '../refusal.ts';
import { isPinned } from '../roots.ts';
import { scoreGpu } from '../score.ts';
import { type Certificate, parseCertificate } from '../x509/certificate.ts';
import { type CertificateChain, parseChain, verifyChain } from '../x509/chain.ts';
import { type Comparison, compareMeasurements, matchManifests } from './compare.ts';
import { type GpuIdentity, readGpuIdentity } from './device-certificate.ts';
import type { ReferenceManifest } from './rim.ts';
import { parseSpdmReport, type SpdmReport } from './spdm.ts';

/** One GPU's SPDM report and its device chain. */
export interface GpuEvidence {
  readonly report: Uint8Array;
  /** DER, leaf first, five certificates with NVIDIA's device root last. */
  readonly chain: readonly Uint8Array[];
}

/** A GPU whose signatures hold. */
export interface SignedGpu {
  readonly report: SpdmReport;
  readonly identity: GpuIdentity;
  /** SHA-256 (hex) of the key that NVIDIA certified for this chip; it outlives firmware updates. */
  readonly deviceId: string;
  readonly measurement: Uint8Array;
  readonly chain: CertificateChain;
  readonly window: TimeWindow;
}

/** A GPU compared with the manifests for it, where there are some. */
export interface GpuFinding extends SignedGpu {
  readonly comparison: Comparison | undefined;
  readonly usedManifests: readonly ReferenceManifest[];
  readonly trustScore: number;
  readonly objections: readonly Objection[];
}

const CHAIN_COUNT = 5;

/** Reads the report; what is not one of a GPU is said to be so where the certificate names another device. */
function readReport({ report, chain }: GpuEvidence): SpdmReport {
  try {
    return parseSpdmReport(report);
  } catch (error) {
    const [leaf] = chain;
    if (error instanceof AttestationRefusal && leaf !== undefined) readGpuIdentity(parseCertificate(leaf));
    throw error;
  }
}

/** Verifies one GPU's report under NVIDIA's device root. 6 P-384 verifications. */
export function verifyGpuReport(
  evidence: GpuEvidence,
  { policy, primitives }: VerificationContext,
): SignedGpu {
  expect(evidence.report.length <= ATTESTATION_LIMITS.quoteBytesMax, 'too_large', 'SPDM report');
  const report = readReport(evidence);
  const chain = parseChain(evidence.chain);
  expect(chain.length === CHAIN_COUNT, 'chain', `GPU chain: expected 5 certificates, got ${chain.length}`);
  const roots = rootsOf(policy);
  const isRoot = (certificate: Certificate): boolean =>
    isPinned(certificate, 'nvidia-device', { roots, primitives });
  const window = verifyChain({ chain, primitives, isRoot, isWholeRootPinned: false, name: 'GPU chain' });
  const identity = readGpuIdentity(chain[0]);
  const key = chain[0].publicKey;
  if (key.type !== 'ec' || key.curve !== 'p384') refuse('unsupported', 'GPU certificate: key');
  const { signedBytes: message, signature, fwid } = report;
  const publicKey = key.point;
  const holds = primitives.verifyEcdsa({ curve: 'p384', hash: 'sha384', publicKey, message, signature });
  expect(holds, 'signature', 'SPDM signature');
  const isBound = fwid === undefined || (identity.fwid !== undefined && equalBytes(fwid, identity.fwid));
  expect(isBound, 'binding', 'the report is of other firmware than the certificate');
  const device = chain[1] ?? refuse('chain', 'GPU chain');
  return {
    report,
    identity,
    deviceId: bytesToHex(primitives.sha256(device.publicKeyInfo)),
    measurement: primitives.sha384(report.record),
    chain,
    window,
  };
}

/**
 * Compares a GPU with the manifests for its chip and versions. A report with a mode field is from confidential mode;
 * one without does not say, and nothing in a report says that trusted I/O is on, so neither earns points.
 */
export function compareGpu(
  gpu: SignedGpu,
  manifests: readonly ReferenceManifest[],
  { policy }: VerificationContext,
): GpuFinding {
  const { report, identity } = gpu;
  const { driver, vbios } = matchManifests(manifests, identity.chip, report);
  const comparison =
    driver === undefined || vbios === undefined ? undefined : compareMeasurements(report, driver, vbios);
  expect(comparison?.comparedCount !== 0, 'rim_missing', 'the RIMs have no active measurement');
  const mismatches = comparison?.mismatches ?? [];
  return {
    ...gpu,
    comparison,
    usedManifests: [driver, vbios].filter((manifest) => manifest !== undefined),
    trustScore: scoreGpu({
      chip: identity.chip,
      isConfidential: report.feature !== undefined,
      isTeeIo: false,
      isRimMatched: comparison !== undefined && mismatches.length === 0,
    }),
    objections: objectionsOf([
      [comparison === undefined && policy.nvidia.requiresRim, 'rim_missing', 'RIMs for driver and firmware'],
      [mismatches.length > 0, 'measurement', `measurements ${mismatches.join(', ')} are not the reference`],
    ]),
  };
}
