import { assertBytes } from '../bytes/bytes.ts';
import { activePrimitives } from './active-primitives.ts';
import { type SnpEvidence, verifySnp } from './amd/verify-snp.ts';
import { TIME_MAX } from './encoding/time.ts';
import type { Finding, VerificationContext } from './facts.ts';
import type { IntelCollateral } from './intel/collateral.ts';
import { type IntelEvidence, verifyIntel } from './intel/verify-intel.ts';
import { type JudgeParameters, judge, type KnownKeys, type NewestLists } from './judge.ts';
import { ATTESTATION_LIMITS } from './limits.ts';
import { type NvidiaEvidence, verifyNvidia } from './nvidia/verify-nvidia.ts';
import type { AttestationPolicy } from './policy.ts';
import type { AttestationPrimitives } from './primitives.ts';
import { AttestationRefusal, expect } from './refusal.ts';
import { type ExpectedClaimant, type SoftwareEvidence, verifySoftware } from './software/verify-software.ts';
import type { AttestationVerdict } from './verdict.ts';

/** Evidence of one kind; all parts are bytes as the hardware and the vendors wrote them. */
export type AttestationEvidence = SnpEvidence | IntelEvidence | NvidiaEvidence | SoftwareEvidence;

/** Signed statements about the evidence by its vendor. What a kind does not need is ignored. */
export interface AttestationCollateral {
  /** DER revocation lists of AMD's or NVIDIA's authorities. */
  readonly lists?: readonly Uint8Array[];
  /** DER OCSP responses about certificates of NVIDIA. */
  readonly responses?: readonly Uint8Array[];
  /** What Intel publishes about a platform. */
  readonly intel?: IntelCollateral;
  /** NVIDIA's reference manifests (XML). */
  readonly rims?: readonly Uint8Array[];
}

export interface VerifyAttestationOptions {
  /** Block time, Unix seconds. */
  readonly now: number;
  readonly policy: AttestationPolicy;
  /** What the evidence must answer: 32 bytes, or all 64 bytes of a processor's report data. */
  readonly nonce?: Uint8Array | undefined;
  /** Device ids that other providers hold. */
  readonly devicesInUse?: KnownKeys | undefined;
  /** Replay keys that counted already. */
  readonly usedReplayKeys?: KnownKeys | undefined;
  /** The newest revocation lists that the chain knows; evidence that comes with older ones is refused. */
  readonly newestLists?: NewestLists | undefined;
  /** Who must have made a software statement. */
  readonly claimant?: ExpectedClaimant | undefined;
  /** Cryptography with the same answers; the process-wide one when absent. */
  readonly primitives?: AttestationPrimitives | undefined;
}

function find(
  evidence: AttestationEvidence,
  collateral: AttestationCollateral,
  claimant: ExpectedClaimant,
  context: VerificationContext,
): Finding {
  const { quoteBytesMax } = ATTESTATION_LIMITS;
  switch (evidence.kind) {
    case 'snp':
      expect(evidence.report.length <= quoteBytesMax, 'too_large', 'report');
      return verifySnp(evidence, { lists: collateral.lists ?? [] }, context);
    case 'sgx':
    case 'tdx':
      expect(evidence.quote.length <= quoteBytesMax, 'too_large', 'quote');
      return verifyIntel(evidence, collateral.intel, context);
    case 'nvidia': {
      const { rims = [], lists = [], responses = [] } = collateral;
      return verifyNvidia(evidence, { rims, lists, responses }, context);
    }
    case 'software':
      return verifySoftware(evidence, claimant, context);
  }
}

/**
 * Verifies evidence from the signatures up and judges it by the policy. Pure: the same arguments give the same
 * verdict on every machine, and bad evidence is a refused verdict, never an exception.
 *
 * @throws RangeError when `now` or the length of `nonce` is out of range: mistakes of the caller, not of the evidence.
 * @example
 * const verdict = verifyAttestation({ kind: 'snp', report, chain }, {}, { now, policy: DEFAULT_ATTESTATION_POLICY });
 * if (verdict.accepted) use(verdict.trustScore, verdict.validUntil);
 */
export function verifyAttestation(
  evidence: AttestationEvidence,
  collateral: AttestationCollateral,
  options: VerifyAttestationOptions,
): AttestationVerdict {
  const { now, policy, nonce, primitives = activePrimitives() } = options;
  if (!Number.isInteger(now) || now < 0 || now > TIME_MAX) {
    throw new RangeError(`now: expected Unix seconds 0…${TIME_MAX}, got ${now}`);
  }
  if (nonce !== undefined) assertBytes(nonce, 'nonce', nonce.length === 64 ? 64 : 32);
  const { devicesInUse, usedReplayKeys, newestLists, claimant = {} } = options;
  const parameters: JudgeParameters = { now, policy, nonce, devicesInUse, usedReplayKeys, newestLists };
  try {
    return judge(find(evidence, collateral, claimant, { policy, primitives }), parameters);
  } catch (error) {
    if (!(error instanceof AttestationRefusal)) throw error;
    const { code, message: detail } = error;
    return { accepted: false, code, detail, kind: evidence.kind, trustScore: 0, facts: undefined };
  }
}
