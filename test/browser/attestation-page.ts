import { noblePrimitives, verifyAttestation } from '@aivm/core/attestation';
import { textToQuestion, verdictToText } from './attestation-text.ts';

/** Answers one question with what runs everywhere. */
function judge(text: string): string {
  const { evidence, collateral, options } = textToQuestion(text);
  return verdictToText(verifyAttestation(evidence, collateral, { ...options, primitives: noblePrimitives }));
}

/** What the page offers to whoever drives it. */
const page = { judge };
export type AttestationPage = typeof page;

Object.assign(globalThis, { page });
