import type {
  AttestationCollateral,
  AttestationEvidence,
  AttestationVerdict,
  VerifyAttestationOptions,
} from '@aivm/core/attestation';
import { bytesToHex, hexToBytes } from '@aivm/core/bytes';

/** Everything that a verification is asked with, but for the primitives. */
export interface Question {
  readonly evidence: AttestationEvidence;
  readonly collateral: AttestationCollateral;
  readonly options: Omit<VerifyAttestationOptions, 'primitives'>;
}

/** Bytes and bigints as objects of one member, which no question contains otherwise. */
const tag = (_key: string, value: unknown): unknown => {
  if (value instanceof Uint8Array) return { $bytes: bytesToHex(value) };
  return typeof value === 'bigint' ? { $bigint: value.toString() } : value;
};

const untag = (_key: string, value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  const { $bytes, $bigint } = value as { readonly $bytes?: string; readonly $bigint?: string };
  if ($bytes !== undefined) return hexToBytes($bytes);
  return $bigint === undefined ? value : BigInt($bigint);
};

/** A question as text, for another process. */
export const questionToText = (question: Question): string => JSON.stringify(question, tag);
export const textToQuestion = (text: string): Question => JSON.parse(text, untag) as Question;

/** All of a verdict as text, its explanation for people included: equal verdicts give equal bytes. */
export const verdictToText = (verdict: AttestationVerdict): string => JSON.stringify(verdict, tag);
