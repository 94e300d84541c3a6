import type { AttestationRefusalCode } from './codes.ts';
import type { TimeWindow } from './encoding/time.ts';
import type { TcbStatus } from './intel/tcb-status.ts';
import type { AttestationKind } from './kinds.ts';
import type { AttestationPolicy, RuleBinding } from './policy.ts';
import type { AttestationPrimitives } from './primitives.ts';

/** One attested device and the freshness value in its signed report. */
export interface AttestedDevice {
  /** Lower-case hex of the hardware's own identity, or undefined where the evidence hides it. */
  readonly id: string | undefined;
  /** First 32 bytes of the report data, or the nonce of an SPDM request. */
  readonly nonce: Uint8Array;
}

/** A revocation list that was used. A chain keeps the newest of each issuer, so that older ones cannot come back. */
export interface UsedList {
  /** SHA-256 (lower-case hex) of the issuer's encoded name and key. */
  readonly issuer: string;
  /** When it was issued, Unix seconds. */
  readonly thisUpdate: number;
}

/** What one GPU's signed report and certificate say. */
export interface GpuFacts {
  /** Such as "GH100". */
  readonly chip: string;
  /** Such as "NVIDIA:GH100:48B02D92494BADF4". */
  readonly name: string;
  readonly driverVersion: string;
  readonly vbiosVersion: string;
  /** Mode of confidential computing, undefined where the report does not say it. */
  readonly feature: string | undefined;
  /** Active reference values that were compared; 0 without reference manifests. */
  readonly comparedCount: number;
  /** Indexes that differ from every alternative. */
  readonly mismatches: readonly number[];
}

/** What the signed bytes say, once every signature was checked. Nothing in here was merely declared. */
export interface AttestationFacts {
  readonly kind: AttestationKind;
  readonly devices: readonly [AttestedDevice, ...AttestedDevice[]];
  readonly measurement: Uint8Array;
  readonly registers: readonly Uint8Array[];
  readonly signer: Uint8Array | undefined;
  readonly productId: number | undefined;
  readonly securityVersion: number | undefined;
  /** What else of the environment an allow-list may name. */
  readonly bindings: Readonly<Partial<Record<RuleBinding, Uint8Array>>>;
  /** 64 bytes for processors, 32 for GPUs and statements. */
  readonly reportData: Uint8Array;
  readonly isDebug: boolean;
  readonly tcbStatus: TcbStatus | undefined;
  readonly advisories: readonly string[];
  /** Newest evaluation of firmware levels that was used. */
  readonly tcbEvaluationDataNumber: number | undefined;
  readonly lists: readonly UsedList[];
  /** Issuers of every certificate that was relied on, named as in {@link UsedList}: whose lists can end this evidence. */
  readonly authorities: readonly string[];
  /** When certificates, lists and documents are all valid. */
  readonly window: TimeWindow;
  readonly trustScore: number;
  readonly gpus: readonly GpuFacts[];
  /** More of what was signed, for people. */
  readonly details: Readonly<Record<string, string>>;
}

/** Something that the policy does not admit, found after the signatures held. */
export interface Objection {
  readonly code: AttestationRefusalCode;
  readonly detail: string;
}

/** Facts with what the policy of one kind holds against them, most telling first. */
export interface Finding {
  readonly facts: AttestationFacts;
  readonly objections: readonly Objection[];
}

/** What every kind's verification needs besides evidence and collateral. */
export interface VerificationContext {
  readonly policy: AttestationPolicy;
  readonly primitives: AttestationPrimitives;
}

/** The objections whose condition holds, in order. */
export const objectionsOf = (
  candidates: readonly (readonly [holds: boolean, code: AttestationRefusalCode, detail: string])[],
): readonly Objection[] =>
  candidates.filter(([holds]) => holds).map(([, code, detail]) => ({ code, detail }));
