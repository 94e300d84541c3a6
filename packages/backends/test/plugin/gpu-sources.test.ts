import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  BackendKind,
  createPluginBackend,
  findPlugin,
  openPlugin,
  PluginCallError,
  PluginOpenError,
  readVectorDirectory,
  runConformance,
} from '@aivm/backends';
import { concatBytes } from '@aivm/core/bytes';
import { keccak256 } from '@aivm/core/crypto';
import { type KernelBackend, referenceBackend } from '@aivm/core/kernels';
import { InferenceOp } from '@aivm/core/layout';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { nativeLoader } from '../../src/plugin/native-loader.ts';
import { sampleCalls } from './arenas.ts';
import {
  buildCUDAPlugin,
  COMPILING,
  compileGPUOnHost,
  createWorkDirectory,
  missingTool,
  nvcc,
} from './compile.ts';
import { createRandomCall, firstDifferentArena } from './random-call.ts';

vi.setConfig(COMPILING);

const CASES = Number(process.env.AIVM_FUZZ_CASES ?? 600);
const kind = BackendKind.AvailableCUDA;
const files = readVectorDirectory(fileURLToPath(new URL('../../../../vectors', import.meta.url)));
const failuresOf = (backend: KernelBackend): unknown =>
  runConformance({ files, backend }).filter((result) => !result.passed);

describe.skipIf(missingTool)(`the GPU sources on the host (${missingTool ?? 'compiled here'})`, () => {
  const work = createWorkDirectory();
  let path = '';
  beforeAll(() => {
    path = compileGPUOnHost(join(work.path, 'libluxgpu_backend_cuda.so'));
  });
  afterEach(() => {
    delete process.env.AIVM_GPU_FAIL_AT;
    delete process.env.AIVM_GPU_DEVICES;
  });
  afterAll(() => work.remove());

  test('pass every vector', () => {
    const backend = createPluginBackend({ kind, path });
    expect(failuresOf(backend)).toEqual([]);
    backend.close();
  });

  test('answer random calls of many chunks as the reference does', () => {
    const backend = createPluginBackend({ kind, path });
    for (let seed = 1; seed <= CASES; seed++) {
      const [expected, actual] = [referenceBackend, backend].map((engine) => {
        const { arenas, run } = createRandomCall(seed);
        try {
          return { arenas, answer: run(engine, arenas) };
        } catch (error) {
          return { arenas, answer: `${error}` };
        }
      });
      expect({ seed, answer: actual!.answer }).toEqual({ seed, answer: expected!.answer });
      expect({ seed, arena: firstDifferentArena(actual!.arenas, expected!.arenas) }).toEqual({
        seed,
        arena: -1,
      });
    }
    backend.close();
  });

  test('stage inferences without computing, and chain permutations, for the benchmark of the bars', () => {
    const backend = createPluginBackend({ kind, path });
    const loaded = nativeLoader();
    if ('reason' in loaded) throw new Error(loaded.reason);
    const library = loaded.loader.load(path);
    const stage = library.func('aivm_gpu_stage_inferences', 'int', [
      ...['void *', 'void *', 'void *', 'void *', 'void *', 'uint32_t'],
    ]);
    const chain = library.func('aivm_gpu_fold_chain', 'int', ['void *', 'uint32_t']);
    // One chunk, so that what the kernel computed is still on the device when the same ops are staged.
    const call = sampleCalls(7).find(({ kernel }) => kernel === 'inferenceStep')!;
    const [computed, staged] = [call.createArenas(), call.createArenas()];
    call.run(backend, computed);
    expect(stage(...staged, 7)).toBe(0);
    expect(firstDifferentArena(staged, computed)).toBe(-1);
    // Staging writes output after output, so it takes no ops whose outputs lie otherwise, inside or outside.
    for (const offset of [0, 5, 7, 2 ** 32 - 1]) {
      const refused = call.createArenas();
      new DataView(refused[1]!.buffer).setUint32(6 * InferenceOp.SIZE + 108, offset, true);
      const before = refused.map((arena) => arena.slice());
      expect(stage(...refused, 7)).toBe(-2);
      expect(firstDifferentArena(refused, before)).toBe(-1);
    }

    const last = new Uint8Array(32);
    expect(chain(last, 9)).toBe(0);
    let expected: Uint8Array = new Uint8Array(32);
    for (let i = 0; i < 9; i++) expected = keccak256(concatBytes(expected, new Uint8Array(32)));
    expect(last).toEqual(expected);
    library.unload();
    backend.close();
  });

  test('say so when there is no device', () => {
    process.env.AIVM_GPU_DEVICES = '0';
    expect(() => openPlugin({ kind, path })).toThrow(
      /its device is not usable: .*_proof_verify returned 100/,
    );
    const found = findPlugin({ platform: process.platform, environment: { LUX_GPU_PLUGIN_DIR: work.path } });
    expect(found.backend.isAvailable()).toBe(false);
    expect(found.reason).toContain('returned 100');
  });

  test('notice every failing call of the runtime, change nothing then, and recover', () => {
    const noticed: number[] = [];
    for (let failAt = 1; failAt <= 120; failAt++) {
      process.env.AIVM_GPU_FAIL_AT = String(failAt);
      const failures = failuresInOneSession();
      // Calls that give memory back may fail unnoticed: nothing depends on them.
      expect(failures.length).toBeLessThanOrEqual(1);
      if (failures.length > 0) noticed.push(failAt);
      for (const failure of failures) expect(failure).toMatch(/returned 999/);
    }
    expect(noticed.length).toBeGreaterThan(60);
    expect(noticed[0]).toBe(1);
  });

  /** Opens, makes three calls twice, checks every answer and closes; what failed on the way. */
  function failuresInOneSession(): string[] {
    const failures: string[] = [];
    const backend = attempt(failures, () => createPluginBackend({ kind, path }));
    if (backend === undefined) return failures;
    const calls = sampleCalls(37).filter(({ kernel }) => !kernel.endsWith('Apply'));
    for (const call of [...calls, ...calls]) {
      const [arenas, expected] = [call.createArenas(), call.createArenas()];
      const before = failures.length;
      attempt(failures, () => call.run(backend, arenas));
      if (failures.length === before) call.run(referenceBackend, expected);
      expect(firstDifferentArena(arenas, expected)).toBe(-1);
    }
    backend.close();
    return failures;
  }

  function attempt<Result>(failures: string[], run: () => Result): Result | undefined {
    try {
      return run();
    } catch (error) {
      expect(error instanceof PluginCallError || error instanceof PluginOpenError).toBe(true);
      failures.push(String(error));
      return undefined;
    }
  }
});

describe.skipIf(missingTool ?? (nvcc === undefined ? 'no nvcc' : undefined))('the CUDA plugin', () => {
  const work = createWorkDirectory();
  afterAll(() => work.remove());

  test('builds, and passes every vector or says that there is no device', { timeout: 600_000 }, () => {
    const path = buildCUDAPlugin(work.path);
    let backend: ReturnType<typeof createPluginBackend>;
    try {
      backend = createPluginBackend({ kind, path });
    } catch (error) {
      expect(error).toBeInstanceOf(PluginOpenError);
      expect(String(error)).toMatch(
        /its device is not usable: plugin cuda: lux_cuda_aivm_proof_verify returned [1-9]\d*/,
      );
      return;
    }
    expect(failuresOf(backend)).toEqual([]);
    backend.close();
  });
});
