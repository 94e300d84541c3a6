import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  BackendKind,
  createPluginBackend,
  findPlugin,
  GPUBackend,
  openPlugin,
  PluginCallError,
  PluginOpenError,
  pluginSymbols,
} from '@aivm/backends';
import { ErrGPUNotAvailable } from '@aivm/core/errors';
import { referenceBackend } from '@aivm/core/kernels';
import { AIVMTransitionResult } from '@aivm/core/layout';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { sampleCalls } from './arenas.ts';
import { COMPILING, compilePlugin, createWorkDirectory, libraryName, missingTool } from './compile.ts';

vi.setConfig(COMPILING);

const CUDA = BackendKind.AvailableCUDA;
const WEBGPU = BackendKind.AvailableWebGPU;
const kernels = pluginSymbols(CUDA).map((symbol) => symbol.replace('lux_cuda_aivm_', ''));

/** Answers the one op of the probe, and fails on more. */
const probeOnly = (failure: string): string =>
  `if (op_count != 1) { ${failure} } return lux_vulkan_aivm_proof_verify(ops, results, op_count, stream);`;

describe.skipIf(missingTool)(`a shared object (${missingTool ?? 'compiled here'})`, () => {
  const work = createWorkDirectory();
  const at = (name: string): string => join(work.path, name);
  const find = (directory: string) =>
    findPlugin({ platform: process.platform, environment: { LUX_GPU_PLUGIN_DIR: directory } });
  afterAll(() => work.remove());

  test.each(kernels)('without %s is closed and skipped, the next backend wins', (without) => {
    const directory = at(`without-${without}`);
    const cuda = compilePlugin({ kind: CUDA, path: join(directory, libraryName(CUDA)), bodies: {}, without });
    const webgpu = compilePlugin({ kind: WEBGPU, path: join(directory, libraryName(WEBGPU)), bodies: {} });
    expect(() => openPlugin({ kind: CUDA, path: cuda })).toThrow(`lux_cuda_aivm_${without}`);
    const found = find(directory);
    expect([found.backend.kind(), found.backend.path()]).toEqual([WEBGPU, webgpu]);
    expect(found.rejections).toEqual([
      { kind: CUDA, path: cuda, reason: expect.stringContaining(`lux_cuda_aivm_${without}`) },
    ]);
    found.backend.close();
  });

  test('that is text is no library, and the reason says so', () => {
    const directory = work.path;
    writeFileSync(
      at(libraryName(CUDA)),
      'not a shared object, though longer than an ELF header would have to be'.repeat(4),
    );
    expect(() => openPlugin({ kind: CUDA, path: at(libraryName(CUDA)) })).toThrow(PluginOpenError);
    const found = find(directory);
    expect(found.backend.isAvailable()).toBe(false);
    expect(found.reason).toContain(`no plugin serves: ${at(libraryName(CUDA))}: `);
    expect(found.reason).toMatch(/invalid ELF header|not a mach-o/);
  });

  test('that is absent is a normal state', () => {
    const found = find(at('nowhere'));
    expect([found.backend.isAvailable(), found.reason, found.rejections]).toEqual([
      false,
      'no plugin is installed',
      [],
    ]);
    expect(() => openPlugin({ kind: CUDA, path: at('nowhere.so') })).toThrow(/nowhere\.so: /);
  });

  test('an empty path is refused: it would open the program itself', () => {
    expect(() => openPlugin({ kind: CUDA, path: '' })).toThrow('plugin : the path is empty');
  });

  test('that opens without a device behind it is not taken', () => {
    const path = compilePlugin({ kind: CUDA, path: at('dead.so'), bodies: { proof_verify: 'return 35;' } });
    const opening = () => openPlugin({ kind: CUDA, path });
    expect(opening).toThrow(PluginOpenError);
    expect(opening).toThrow(/its device is not usable: plugin cuda: lux_cuda_aivm_proof_verify returned 35/);
  });

  test('that answers wrongly is not taken', () => {
    const body =
      'int code = lux_vulkan_aivm_proof_verify(ops, results, op_count, stream); results->binding_hash[7] ^= 1; return code;';
    const path = compilePlugin({ kind: CUDA, path: at('wrong.so'), bodies: { proof_verify: body } });
    expect(() => openPlugin({ kind: CUDA, path })).toThrow('it gives a wrong answer to a single op');
  });

  test('receives its counts, the op count capped to the ops there are', () => {
    const bodies = {
      attestation_apply: '*applied = desc->attestation_op_count << 16 | count; return 0;',
      provenance_apply: '*applied = desc->model_op_count << 16 | count; return 0;',
      anchor_apply: '*applied = desc->anchor_op_count << 16 | count; return ops == 0 || table == 0;',
      epoch_transition:
        'result->attestation_apply_count = attestation_count; result->model_apply_count = model_count; result->anchor_apply_count = anchor_count; return stream != 0;',
      inference_step: 'outputs[0] = (int8_t)op_count; return 0;',
    };
    const backend = createPluginBackend({
      kind: CUDA,
      path: compilePlugin({ kind: CUDA, path: at('echo.so'), bodies }),
    });
    const desc = new Uint8Array(96).fill(0xff);
    expect(backend.attestationApply(desc, new Uint8Array(144 * 3), new Uint8Array(144 * 5))).toBe(0x30005);
    expect(backend.provenanceApply(desc, new Uint8Array(160 * 4), new Uint8Array(160 * 7))).toBe(0x40007);
    expect(backend.anchorApply(desc, new Uint8Array(0), new Uint8Array(0))).toBe(0);
    desc[36] = 2;
    desc.fill(0, 37, 40);
    expect(backend.attestationApply(desc, new Uint8Array(144 * 3), new Uint8Array(144 * 5))).toBe(0x20005);
    const result = AIVMTransitionResult.create();
    const tables = [new Uint8Array(144), new Uint8Array(320), new Uint8Array(384)] as const;
    backend.epochTransition(desc, ...tables, new Uint8Array(160), result.bytes);
    expect([result.AttestationApplyCount, result.ModelApplyCount, result.AnchorApplyCount]).toEqual([
      1, 2, 3,
    ]);
    const outputs = new Uint8Array(2);
    backend.inferenceStep(
      new Uint8Array(672),
      new Uint8Array(288),
      new Uint8Array(64),
      outputs,
      new Uint8Array(224),
    );
    expect(outputs[0]).toBe(2);
    backend.close();
  });

  describe('whose launchers fail', () => {
    const write = 'memset((void *)(uintptr_t)%, 0xee, 64); return 9;';
    const bodies = {
      attestation_apply: write.replace('%', 'table'),
      provenance_apply: write.replace('%', 'table'),
      anchor_apply: write.replace('%', 'table'),
      epoch_transition: `memset(epoch, 0xee, 160); ${write.replace('%', 'attestations')}`,
      inference_step: `memset(results, 0xee, 112); outputs[0] = 1; return 9;`,
      proof_verify: probeOnly(write.replace('%', 'results')),
    };
    let path = '';
    beforeAll(() => {
      path = compilePlugin({ kind: CUDA, path: at('failing.so'), bodies });
    });

    test.each(sampleCalls(4))('$kernel: names backend, function and code, and leaves every arena', (call) => {
      const backend = createPluginBackend({ kind: CUDA, path });
      const arenas = call.createArenas();
      const before = arenas.map((arena) => arena.slice());
      let thrown: unknown;
      try {
        call.run(backend, arenas);
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toBeInstanceOf(PluginCallError);
      expect(thrown).toMatchObject({ backend: 'cuda', code: 9, path });
      const snake = call.kernel.replace(/[A-Z]/, (letter) => `_${letter.toLowerCase()}`);
      expect((thrown as PluginCallError).functionName).toBe(`lux_cuda_aivm_${snake}`);
      expect(arenas).toEqual(before);
      backend.close();
    });
  });

  describe('that is open', () => {
    let path = '';
    beforeAll(() => {
      path = compilePlugin({ kind: CUDA, path: at('good.so'), bodies: {} });
    });

    test('answers as the reference does, at any alignment', () => {
      const gpu = new GPUBackend(openPlugin({ kind: CUDA, path }));
      expect([gpu.kind(), gpu.path(), gpu.isAvailable()]).toEqual([CUDA, path, true]);
      for (const call of sampleCalls(9)) {
        const expected = call.createArenas();
        const answer = call.run(referenceBackend, expected);
        for (const shift of [0, 1, 4]) {
          const arenas = call.createArenas().map((arena) => {
            const moved = new Uint8Array(arena.length + 16).subarray(shift, shift + arena.length);
            moved.set(arena);
            return moved;
          });
          expect(call.run(gpu, arenas)).toBe(answer);
          expect(arenas).toEqual(expected);
        }
      }
      gpu.close();
    });

    test('refuses bad arguments before the plugin sees them', () => {
      const backend = createPluginBackend({ kind: CUDA, path });
      const bad = [undefined, null, 4096, 'text', new Uint8Array(95), new Uint32Array(24)];
      for (const desc of bad as Uint8Array[]) {
        expect(() => backend.attestationApply(desc, new Uint8Array(), new Uint8Array())).toThrow(/^desc: /);
      }
      for (const ops of [undefined, 7, new Uint8Array(143)] as Uint8Array[]) {
        expect(() => backend.attestationApply(new Uint8Array(96), ops, new Uint8Array())).toThrow(/^ops: /);
        expect(() => backend.proofVerify(ops, new Uint8Array())).toThrow(/^ops: /);
      }
      backend.close();
    });

    test('closes once, and refuses calls from then on', async () => {
      const plugin = openPlugin({ kind: CUDA, path });
      const gpu = new GPUBackend(plugin);
      const background = gpu.background();
      gpu.close();
      gpu.close();
      plugin.release();
      expect([gpu.isAvailable(), gpu.kind(), gpu.path()]).toEqual([false, BackendKind.AvailableNone, '']);
      for (const call of sampleCalls(2)) {
        expect(() => call.run(gpu, call.createArenas())).toThrow(ErrGPUNotAvailable);
        // Functions that were kept must not reach the unloaded library either.
        expect(() => call.run(plugin.kernels, call.createArenas())).toThrow(ErrGPUNotAvailable);
      }
      expect(() => gpu.background()).toThrow(ErrGPUNotAvailable);
      await expect(background.proofVerify(new Uint8Array(240), new Uint8Array(48))).rejects.toThrow(
        ErrGPUNotAvailable,
      );
    });
  });
});
