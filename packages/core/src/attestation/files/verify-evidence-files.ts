import { bytesToHex } from '../../bytes/hex.ts';
import type { AttestationCode } from '../codes.ts';
import { secondsToRfc3339 } from '../encoding/time.ts';
import type { AttestationKind } from '../kinds.ts';
import { type AttestationPolicy, DEFAULT_ATTESTATION_POLICY } from '../policy.ts';
import type { AttestationPrimitives } from '../primitives.ts';
import { AttestationRefusal } from '../refusal.ts';
import type { AttestationVerdict, VerdictFacts } from '../verdict.ts';
import { verifyAttestation } from '../verify-attestation.ts';
import { readCollateralFile } from './collateral-file.ts';
import { readEvidenceFile } from './evidence-file.ts';

/** Contents of files and the caller's choices. */
export interface VerifyEvidenceFilesParameters {
  readonly kind: AttestationKind;
  readonly evidence: Uint8Array;
  /** Certificates, leaf first; PEM or DER, in one file or several. */
  readonly chain?: readonly Uint8Array[];
  readonly rims?: readonly Uint8Array[];
  readonly collateral?: Uint8Array | undefined;
  /** Unix seconds. */
  readonly now: number;
  /** 32 bytes, or all 64 bytes of a processor's report data. */
  readonly nonce?: Uint8Array | undefined;
  readonly allowDebug?: boolean;
  /** The default policy when absent; `allowDebug` comes on top. */
  readonly policy?: AttestationPolicy;
  readonly primitives?: AttestationPrimitives;
}

/** One line for machines. Bytes are lower-case hex, times RFC 3339; null is what the evidence does not say. */
export interface EvidenceReport {
  readonly accepted: boolean;
  readonly code: AttestationCode;
  /** Why it was refused, for people; null where it was accepted. Not stable. */
  readonly detail: string | null;
  readonly trustScore: number;
  /** Several devices are separated by commas. */
  readonly deviceId: string | null;
  readonly measurement: string | null;
  readonly reportData: string | null;
  readonly tcbStatus: string | null;
  readonly validUntil: string | null;
}

const UNKNOWN = { deviceId: null, measurement: null, reportData: null, tcbStatus: null } as const;

function showFacts(
  facts: VerdictFacts | undefined,
): Omit<EvidenceReport, 'accepted' | 'code' | 'detail' | 'trustScore' | 'validUntil'> {
  if (facts === undefined) return UNKNOWN;
  const ids = facts.devices.map((device) => device.id).filter((id) => id !== undefined);
  return {
    deviceId: ids.length === 0 ? null : ids.join(','),
    measurement: bytesToHex(facts.measurement),
    reportData: bytesToHex(facts.reportData),
    tcbStatus: facts.tcbStatus ?? null,
  };
}

function reportOf(verdict: AttestationVerdict): EvidenceReport {
  const { accepted, code, trustScore } = verdict;
  const validUntil = verdict.accepted ? secondsToRfc3339(verdict.validUntil) : null;
  const detail = verdict.accepted ? null : verdict.detail;
  const facts = showFacts(verdict.accepted ? verdict : verdict.facts);
  return { accepted, code, detail, trustScore, ...facts, validUntil };
}

/**
 * Verifies evidence as it lies in files. Files that cannot be read as what they should be are a refusal like any
 * other; nothing is thrown for bad content.
 *
 * @throws RangeError when `now` or `nonce` is out of range.
 */
export function verifyEvidenceFiles(parameters: VerifyEvidenceFilesParameters): EvidenceReport {
  const { kind, now, nonce, primitives, policy = DEFAULT_ATTESTATION_POLICY } = parameters;
  const allowsDebug = policy.allowsDebug || parameters.allowDebug === true;
  try {
    const evidence = readEvidenceFile(kind, parameters.evidence, parameters.chain ?? []);
    const collateral = readCollateralFile(kind, parameters.collateral, parameters.rims ?? []);
    return reportOf(
      verifyAttestation(evidence, collateral, { now, nonce, primitives, policy: { ...policy, allowsDebug } }),
    );
  } catch (error) {
    if (!(error instanceof AttestationRefusal)) throw error;
    const { code, message: detail } = error;
    return { accepted: false, code, detail, trustScore: 0, ...UNKNOWN, validUntil: null };
  }
}
