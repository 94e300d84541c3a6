import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
// @ts-expect-error: a build script without type declarations
import { compileModule, moduleSource, WASM_MODULES } from '../scripts/build-wasm.mjs';
// @ts-expect-error: a build script without type declarations
import { permutePairSource } from '../scripts/permute-pair-source.mjs';

const read = (path: string): string => readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8');

test.each(WASM_MODULES as { readonly target: string }[])(
  'the committed $target is what the sources compile to',
  async (module) => {
    const text = moduleSource(await compileModule(module), module);
    expect(text).toBe(read(`../src/generated/${module.target}`));
  },
  120_000,
);

test('the committed permutation is what its generator writes', () => {
  expect(permutePairSource()).toBe(read('../assembly/generated/permute-pair.ts'));
});
