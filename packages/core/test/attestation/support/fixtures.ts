import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type AttestationKind,
  type AttestationPolicy,
  type AttestationPrimitives,
  rfc3339ToSeconds,
  verifyEvidenceFiles,
} from '@aivm/core/attestation';
import { hexToBytes } from '@aivm/core/bytes';
import type { EvidenceReport } from '../../../src/attestation/files/verify-evidence-files.ts';

/** Folder of real evidence, which this repository does not carry. */
const root = process.env.AIVM_TEE_FIXTURES;

export const hasFixtures = root !== undefined && root !== '';
export const FIXTURES_TITLE = hasFixtures
  ? 'real evidence'
  : 'real evidence (skipped: AIVM_TEE_FIXTURES names no folder)';

export const readFixture = (path: string): Uint8Array => new Uint8Array(readFileSync(join(root ?? '', path)));

export const readFixtureJson = <T>(path: string): T =>
  JSON.parse(readFileSync(join(root ?? '', path), 'utf8')) as T;

/** One entry of the list of expected verdicts. */
export interface FixtureCase {
  readonly name: string;
  readonly kind: AttestationKind;
  readonly evidence: string;
  readonly chain?: readonly string[];
  readonly rims?: readonly string[];
  readonly collateral?: string;
  readonly now: string;
  readonly accepted: boolean;
  readonly code?: string;
  readonly tcbStatus?: string;
  readonly acceptedWithAllowDebug?: boolean;
}

/** One recipe for evidence or collateral that must be refused. */
export interface Mutation {
  readonly base: string;
  readonly xor?: readonly (readonly [offset: number, mask: number])[];
  readonly set?: Readonly<Record<string, string>>;
}

export const fixtureCases = (): readonly FixtureCase[] =>
  hasFixtures ? readFixtureJson<FixtureCase[]>('expected.json') : [];
export const fixtureMutations = (): readonly Mutation[] =>
  hasFixtures ? readFixtureJson<Mutation[]>('mutations.json') : [];

export interface FixtureOverrides {
  readonly now?: number;
  readonly nonce?: Uint8Array;
  readonly allowDebug?: boolean;
  readonly policy?: AttestationPolicy;
  readonly primitives?: AttestationPrimitives;
  /** Contents in place of those of the files. */
  readonly evidence?: Uint8Array;
  readonly collateral?: Uint8Array;
}

/** Evidence of a case as bytes: the tests alter bytes, not hex digits. */
export function evidenceBytes({ evidence }: FixtureCase): Uint8Array {
  const bytes = readFixture(evidence);
  return evidence.endsWith('.hex') ? hexToBytes(new TextDecoder().decode(bytes).trim()) : bytes;
}

export function verifyFixture(fixture: FixtureCase, overrides: FixtureOverrides = {}): EvidenceReport {
  const collateral = fixture.collateral === undefined ? undefined : readFixture(fixture.collateral);
  return verifyEvidenceFiles({
    kind: fixture.kind,
    evidence: readFixture(fixture.evidence),
    chain: (fixture.chain ?? []).map(readFixture),
    rims: (fixture.rims ?? []).map(readFixture),
    collateral,
    now: rfc3339ToSeconds(fixture.now) ?? Number.NaN,
    ...overrides,
  });
}

/** A copy of `bytes` with some of them altered. */
export function xorAt(
  bytes: Uint8Array,
  changes: readonly (readonly [offset: number, mask: number])[],
): Uint8Array {
  const altered = bytes.slice();
  for (const [offset, mask] of changes) altered[offset] = (altered[offset] ?? 0) ^ mask;
  return altered;
}
