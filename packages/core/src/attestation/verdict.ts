import { bytesToHex } from '../bytes/hex.ts';
import type { AttestationRefusalCode } from './codes.ts';
import type { AttestationFacts, GpuFacts, UsedList } from './facts.ts';
import type { AttestationKind } from './kinds.ts';
import { replayKeyOf } from './replay-key.ts';

/** A device whose identity was signed by its vendor, and the key under which its evidence counts once. */
export interface VerdictDevice {
  /** Lower-case hex, or undefined where the evidence hides it. */
  readonly id: string | undefined;
  /** Lower-case hex of 32 bytes: hash of kind, device and nonce. */
  readonly replayKey: string;
}

/** What both verdicts show of sound evidence. */
export interface VerdictFacts {
  readonly devices: readonly VerdictDevice[];
  readonly measurement: Uint8Array;
  readonly registers: readonly Uint8Array[];
  readonly reportData: Uint8Array;
  readonly tcbStatus: string | undefined;
  readonly advisories: readonly string[];
  readonly tcbEvaluationDataNumber: number | undefined;
  /** Revocation lists that were used; keep the newest of each issuer. */
  readonly lists: readonly UsedList[];
  /** Issuers of every certificate that was relied on, named as in {@link UsedList}. */
  readonly authorities: readonly string[];
  readonly gpus: readonly GpuFacts[];
  readonly details: Readonly<Record<string, string>>;
}

/** Counts from `validFrom` to `validUntil` (Unix seconds, inclusive), to be compared with block time on every use. */
export interface AcceptedVerdict extends VerdictFacts {
  readonly accepted: true;
  readonly code: 'ok';
  readonly kind: AttestationKind;
  readonly trustScore: number;
  readonly validFrom: number;
  readonly validUntil: number;
}

/** Worth nothing. `facts` is there when all signatures held and only the policy or the time objects. */
export interface RefusedVerdict {
  readonly accepted: false;
  readonly code: AttestationRefusalCode;
  /** For people; not stable. */
  readonly detail: string;
  readonly kind: AttestationKind;
  readonly trustScore: 0;
  readonly facts: VerdictFacts | undefined;
}

export type AttestationVerdict = AcceptedVerdict | RefusedVerdict;

/** The part of the facts that a verdict shows. */
export function showFacts(facts: AttestationFacts): VerdictFacts {
  const { kind } = facts;
  const devices = facts.devices.map(({ id, nonce }) => ({
    id,
    replayKey: bytesToHex(replayKeyOf({ kind, deviceId: id, nonce })),
  }));
  return {
    devices,
    measurement: facts.measurement,
    registers: facts.registers,
    reportData: facts.reportData,
    tcbStatus: facts.tcbStatus,
    advisories: facts.advisories,
    tcbEvaluationDataNumber: facts.tcbEvaluationDataNumber,
    lists: facts.lists,
    authorities: facts.authorities,
    gpus: facts.gpus,
    details: facts.details,
  };
}

/** Whether an earlier verdict still counts at `now`. A refusal never does. */
export const isVerdictValidAt = (verdict: AttestationVerdict, now: number): boolean =>
  verdict.accepted && verdict.validFrom <= now && now <= verdict.validUntil;
