import type {
  AttestationCollateral,
  AttestationEvidence,
  AttestationVerdict,
  VerifyAttestationOptions,
} from '@aivm/core/attestation';
import { bytesToHex } from '@aivm/core/bytes';

/** Everything that a verification is asked with. */
export interface Input {
  readonly evidence: AttestationEvidence;
  readonly collateral: AttestationCollateral;
  readonly options: VerifyAttestationOptions;
}

/** An input and what it is worth unchanged. */
export interface Sample {
  readonly name: string;
  readonly input: Input;
  readonly verdict: AttestationVerdict;
  /** {@link factsOf} the verdict; undefined where it refuses. */
  readonly facts: string | undefined;
}

/** What a mutant may be accepted with. */
export type Allowance =
  /** The facts of the sample that it was made of, to the last byte; nothing where that one is refused. */
  | 'same'
  /** What was attested is what some accepted sample attests: parts of samples were exchanged. */
  | 'known'
  /** Never. */
  | 'never'
  /** Whatever it says: the test authority signed the mutant. */
  | 'any';

/** A changed input, ready to be asked. */
export interface Mutant {
  readonly allowance: Allowance;
  /** What the unchanged input answers, where that is not the sample's own verdict. */
  readonly expected?: string | undefined;
  run(): Answer;
}

/** What came out: a code, and of an acceptance what was accepted. */
export interface Answer {
  readonly code: string;
  readonly facts: string | undefined;
  readonly attested: string | undefined;
}

const show = (_key: string, value: unknown): unknown =>
  value instanceof Uint8Array ? bytesToHex(value) : typeof value === 'bigint' ? String(value) : value;

/** Every fact of an acceptance as text, its time window included; lists that were given twice count once. */
export function factsOf(verdict: AttestationVerdict): string | undefined {
  if (!verdict.accepted) return undefined;
  const lists = [...new Set(verdict.lists.map((list) => `${list.issuer} ${list.thisUpdate}`))].sort();
  return JSON.stringify({ ...verdict, lists }, show);
}

/** What the hardware attested, without what its collateral adds. */
export function attestedOf(verdict: AttestationVerdict): string | undefined {
  if (!verdict.accepted) return undefined;
  const { kind, devices, measurement, registers, reportData, gpus, trustScore } = verdict;
  return JSON.stringify({ kind, devices, measurement, registers, reportData, gpus, trustScore }, show);
}

export const answerOf = (verdict: AttestationVerdict): Answer => ({
  code: verdict.code,
  facts: factsOf(verdict),
  attested: attestedOf(verdict),
});
