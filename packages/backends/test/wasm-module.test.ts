import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
// @ts-expect-error: a build script without type declarations
import { compileKernels, moduleSource } from '../scripts/build-wasm.mjs';
// @ts-expect-error: a build script without type declarations
import { permutePairSource } from '../scripts/permute-pair-source.mjs';

const read = (path: string): string => readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8');

test('the committed module is what the sources compile to', async () => {
  expect(moduleSource(await compileKernels())).toBe(read('../src/generated/kernels-wasm.ts'));
}, 120_000);

test('the committed permutation is what its generator writes', () => {
  expect(permutePairSource()).toBe(read('../assembly/generated/permute-pair.ts'));
});
