import { join } from 'node:path';
import { createPluginBackend, createWasmBackend, type PluginBackend } from '@aivm/backends';
import { type KernelBackend, referenceBackend } from '@aivm/core/kernels';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  buildCPUPlugins,
  COMPILING,
  createWorkDirectory,
  libraryName,
  missingTool,
  PLUGIN_KINDS,
} from './compile.ts';
import { createRandomCall, firstDifferentArena, type RandomCall } from './random-call.ts';

vi.setConfig(COMPILING);

/** AIVM_FUZZ_CASES sets the cases, AIVM_FUZZ_SEED the first of them; every case is its seed alone. */
const CASES = Number(process.env.AIVM_FUZZ_CASES ?? 1500);
const FIRST_SEED = Number(process.env.AIVM_FUZZ_SEED ?? 1);
/** AIVM_FUZZ_PLUGIN names a library to test instead of the CPU plugin that is built here. */
const PLUGIN = process.env.AIVM_FUZZ_PLUGIN;
const CPU_ENGINES = ['portable', 'scalar', 'avx2', 'avx512'];

interface Outcome {
  readonly answer: unknown;
  readonly arenas: readonly Uint8Array[];
}

/** Runs the call on copies of its arenas. */
function outcomeOf(backend: KernelBackend, { arenas: original, run }: RandomCall): Outcome {
  const arenas = original.map((arena) => arena.slice());
  try {
    return { answer: run(backend, arenas), arenas };
  } catch (error) {
    return { answer: `${error}`, arenas };
  }
}

/** Opens a library of its own for each engine: it reads the variable when it is loaded, and is loaded once a file. */
function openCPUEngines(directory: string): PluginBackend[] {
  const backends = CPU_ENGINES.map((name, index) => {
    process.env.AIVM_CPU_ENGINE = name;
    return createPluginBackend({ path: join(directory, libraryName(PLUGIN_KINDS[index]!)), name });
  });
  delete process.env.AIVM_CPU_ENGINE;
  return backends;
}

describe.skipIf(missingTool)(`engines agree on random calls (${missingTool ?? 'compiled here'})`, () => {
  const work = createWorkDirectory();
  let plugins: PluginBackend[] = [];
  beforeAll(() => {
    if (PLUGIN === undefined) buildCPUPlugins(work.path);
    plugins =
      PLUGIN === undefined
        ? openCPUEngines(join(work.path, 'cpu'))
        : [createPluginBackend({ path: PLUGIN, name: PLUGIN })];
  });
  afterAll(() => {
    for (const plugin of plugins) plugin.close();
    work.remove();
  });

  test('reference = wasm = every native engine', { timeout: 6 * 3_600_000 }, () => {
    const engines = [createWasmBackend(), ...plugins];
    for (let seed = FIRST_SEED; seed < FIRST_SEED + CASES; seed++) {
      const call = createRandomCall(seed);
      const expected = outcomeOf(referenceBackend, call);
      for (const engine of engines) {
        const { answer, arenas } = outcomeOf(engine, call);
        const arena = firstDifferentArena(arenas, expected.arenas);
        // Compared here: an assertion library takes longer than a kernel.
        if (answer === expected.answer && arena === -1) continue;
        expect({ engine: engine.name, seed, answer, arena }).toEqual({
          engine: engine.name,
          seed,
          answer: expected.answer,
          arena: -1,
        });
      }
    }
    expect(engines).toHaveLength(PLUGIN === undefined ? 5 : 2);
  });

  test('random calls do work: most apply or commit something, and few are refused', () => {
    const outcomes = Array.from({ length: 400 }, (_, seed) =>
      outcomeOf(referenceBackend, createRandomCall(seed + 1)),
    );
    const counts = outcomes
      .filter(({ answer }) => typeof answer === 'number')
      .map(({ answer }) => answer as number);
    expect(counts.filter((count) => count > 0).length).toBeGreaterThan(counts.length / 2);
    const refused = outcomes.filter(({ answer }) => typeof answer === 'string');
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.length).toBeLessThan(60);
  });
});
