import { readFileSync } from 'node:fs';
import { installAttestationPrimitives, noblePrimitives } from '@aivm/core/attestation';
import { createMemoPrimitives } from '@aivm/test-authority';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runHistory } from './golden-history.ts';

interface GoldenFile {
  readonly count: number;
  /** "state root, block id" by seed. */
  readonly roots: readonly string[];
}

const { count, roots }: GoldenFile = JSON.parse(
  readFileSync(new URL('./golden-roots.json', import.meta.url), 'utf8'),
);

/** A share is enough for everyday: a rule that changes shows in nearly every history. */
const HISTORIES = process.env.AIVM_ALL_HISTORIES === '1' ? count : 40;

beforeAll(() => installAttestationPrimitives(createMemoPrimitives()));
afterAll(() => installAttestationPrimitives(noblePrimitives));

it('random histories lead to the recorded roots', { timeout: 1_200_000 }, () => {
  expect(roots.length).toBe(count);
  const codes = new Set<string>();
  const step = Math.floor(count / HISTORIES);
  for (let seed = 0; seed < count; seed += step) {
    const { state, block } = runHistory(seed, codes);
    expect(`seed ${seed}: ${state} ${block}`).toBe(`seed ${seed}: ${roots[seed]}`);
  }
  // The histories take effect and are refused in many ways.
  expect(codes.has('')).toBe(true);
  expect(codes.size).toBeGreaterThan(15);
});
