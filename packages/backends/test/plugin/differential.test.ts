import { join } from 'node:path';
import { createPluginBackend, createWasmBackend, type PluginBackend } from '@aivm/backends';
import { type KernelBackend, referenceBackend } from '@aivm/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildCPUPlugins, createWorkDirectory, libraryName, missingTool } from './compile.ts';
import { createRandomCall, firstDifferentArena } from './random-call.ts';

/** AIVM_FUZZ_CASES sets the cases per engine, AIVM_FUZZ_SEED the first of them; every case is its seed alone. */
const CASES = Number(process.env.AIVM_FUZZ_CASES ?? 1500);
const FIRST_SEED = Number(process.env.AIVM_FUZZ_SEED ?? 1);
/** AIVM_FUZZ_PLUGIN names a library to test instead of the CPU plugin that is built here. */
const PLUGIN = process.env.AIVM_FUZZ_PLUGIN;

function answerOf(backend: KernelBackend, seed: number): { answer: unknown; arenas: Uint8Array[] } {
  const { arenas, run } = createRandomCall(seed);
  try {
    return { answer: run(backend, arenas), arenas };
  } catch (error) {
    return { answer: `${error}`, arenas };
  }
}

describe.skipIf(missingTool)(`engines agree on random calls (${missingTool ?? 'compiled here'})`, () => {
  const work = createWorkDirectory();
  const engines = ['portable', 'scalar', 'avx2', 'avx512'];
  const backends = new Map<string, PluginBackend>();
  beforeAll(() => {
    if (PLUGIN === undefined) buildCPUPlugins(work.path);
  });
  afterAll(() => {
    for (const backend of backends.values()) backend.close();
    delete process.env.AIVM_CPU_ENGINE;
    work.remove();
  });

  test.each(engines.slice(0, PLUGIN === undefined ? engines.length : 1))(
    'reference = native %s',
    { timeout: 3_600_000 },
    (engine) => {
      process.env.AIVM_CPU_ENGINE = engine;
      const path = PLUGIN ?? join(work.path, 'cpu', libraryName(1));
      const backend = createPluginBackend({ path });
      for (let seed = FIRST_SEED; seed < FIRST_SEED + CASES; seed++) {
        const expected = answerOf(referenceBackend, seed);
        const actual = answerOf(backend, seed);
        expect({ seed, answer: actual.answer }).toEqual({ seed, answer: expected.answer });
        expect({ seed, arena: firstDifferentArena(actual.arenas, expected.arenas) }).toEqual({
          seed,
          arena: -1,
        });
      }
      backend.close();
    },
  );

  test('reference = wasm', { timeout: 3_600_000 }, () => {
    const backend = createWasmBackend();
    for (let seed = FIRST_SEED; seed < FIRST_SEED + CASES; seed++) {
      const expected = answerOf(referenceBackend, seed);
      const actual = answerOf(backend, seed);
      expect({ seed, answer: actual.answer }).toEqual({ seed, answer: expected.answer });
      expect({ seed, arena: firstDifferentArena(actual.arenas, expected.arenas) }).toEqual({
        seed,
        arena: -1,
      });
    }
  });

  test('random calls do work: most apply or commit something, and few are refused', () => {
    const outcomes = Array.from({ length: 400 }, (_, seed) => answerOf(referenceBackend, seed + 1));
    const counts = outcomes
      .filter(({ answer }) => typeof answer === 'number')
      .map(({ answer }) => answer as number);
    expect(counts.filter((count) => count > 0).length).toBeGreaterThan(counts.length / 2);
    const refused = outcomes.filter(({ answer }) => typeof answer === 'string');
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.length).toBeLessThan(60);
  });
});
