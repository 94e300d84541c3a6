import { join } from 'node:path';
import {
  activeBackend,
  BackendKind,
  effectiveBackendKind,
  GPUBackend,
  installGPUBackend,
  Mode,
  openPlugin,
  PluginCallError,
  setBackend,
} from '@aivm/backends';
import { referenceBackend } from '@aivm/core/kernels';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { sampleCalls } from './arenas.ts';
import { COMPILING, compilePlugin, createWorkDirectory, missingTool } from './compile.ts';

vi.setConfig(COMPILING);

describe.skipIf(missingTool)(`a plugin that fails (${missingTool ?? 'compiled here'})`, () => {
  const work = createWorkDirectory();
  const kind = BackendKind.AvailableCUDA;
  let path = '';
  beforeAll(() => {
    const dirty = (target: string): string => `memset((void *)(uintptr_t)${target}, 0xee, 64); return 9;`;
    const bodies = {
      attestation_apply: dirty('table'),
      provenance_apply: dirty('table'),
      anchor_apply: dirty('table'),
      epoch_transition: dirty('attestations'),
      inference_step: dirty('results'),
      proof_verify: `if (op_count != 1) { ${dirty('results')} } return lux_vulkan_aivm_proof_verify(ops, results, 1, stream);`,
    };
    path = compilePlugin({ kind, path: join(work.path, 'failing.so'), bodies });
  });
  afterEach(() => {
    installGPUBackend(new GPUBackend());
    setBackend(Mode.AutoAIVM);
  });
  afterAll(() => work.remove());

  test.each(sampleCalls(5))(
    '$kernel in mode auto: the CPU answers, one report, no second attempt',
    (call) => {
      const gpu = new GPUBackend(openPlugin({ kind, path }));
      const reports: Error[] = [];
      installGPUBackend(gpu, (error) => reports.push(error));
      expect(effectiveBackendKind()).toBe(kind);
      const { backend } = activeBackend();
      const expected = call.createArenas();
      const answer = call.run(referenceBackend, expected);
      for (let round = 0; round < 3; round++) {
        const arenas = call.createArenas();
        expect(call.run(round < 2 ? backend : activeBackend().backend, arenas)).toBe(answer);
        expect(arenas).toEqual(expected);
      }
      expect(reports).toHaveLength(1);
      expect(reports[0]).toBeInstanceOf(PluginCallError);
      expect(effectiveBackendKind()).toBe(BackendKind.AvailableNone);
      expect(activeBackend().reason).toMatch(/^plugin cuda failed and is not asked again: .* returned 9/);
      gpu.close();
    },
  );

  test('in mode gpu the error surfaces every time', () => {
    const gpu = new GPUBackend(openPlugin({ kind, path }));
    installGPUBackend(gpu);
    setBackend(Mode.GPUAIVM);
    const call = sampleCalls(5)[0]!;
    for (let round = 0; round < 2; round++) {
      expect(() => call.run(activeBackend().backend, call.createArenas())).toThrow(PluginCallError);
    }
    gpu.close();
  });

  test('a bad argument is not its failure', () => {
    const gpu = new GPUBackend(openPlugin({ kind, path }));
    installGPUBackend(gpu);
    expect(() => activeBackend().backend.proofVerify(new Uint8Array(7), new Uint8Array())).toThrow(
      RangeError,
    );
    expect(effectiveBackendKind()).toBe(kind);
    gpu.close();
  });

  test('a plugin that is closed meanwhile is answered for by the CPU', () => {
    const gpu = new GPUBackend(openPlugin({ kind, path }));
    const reports: Error[] = [];
    installGPUBackend(gpu, (error) => reports.push(error));
    const { backend } = activeBackend();
    gpu.close();
    const results = new Uint8Array(48);
    backend.proofVerify(new Uint8Array(240), results);
    expect(results[0]).toBe(0x16);
    expect(reports).toHaveLength(1);
  });
});
