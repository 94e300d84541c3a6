import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { BackendKind, GPUBackend, openPlugin, PluginCallError } from '@aivm/backends';
import { equalBytes } from '@aivm/core/bytes';
import { ErrGPUNotAvailable } from '@aivm/core/errors';
import { type KernelBackend, referenceBackend } from '@aivm/core/kernels';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { sampleCalls } from './arenas.ts';
import { COMPILING, compilePlugin, createWorkDirectory, missingTool } from './compile.ts';

vi.setConfig(COMPILING);

const HIP = BackendKind.AvailableHIP;

describe.skipIf(missingTool)(`calls in the background (${missingTool ?? 'compiled here'})`, () => {
  const work = createWorkDirectory();
  let path = '';
  beforeAll(() => {
    // Slow enough that calls overlap with each other and with the collector.
    const nap = 'for (volatile uint32_t i = 0; i < 300000; i++); ';
    const proof = `${nap} if (op_count == 33) { memset(results, 0xee, 48); return 9; } return lux_vulkan_aivm_proof_verify(ops, results, op_count, stream);`;
    path = compilePlugin({ kind: HIP, path: join(work.path, 'slow.so'), bodies: { proof_verify: proof } });
  });
  afterAll(() => work.remove());

  /** The background kernels in the shape that sample calls take; answers are promises. */
  const inBackground = (gpu: GPUBackend): Omit<KernelBackend, 'name'> =>
    gpu.background() as unknown as Omit<KernelBackend, 'name'>;

  test('300 at once, every result right, with the collector running', { timeout: 120_000 }, async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const gpu = new GPUBackend(openPlugin({ kind: HIP, path }));
    const timer = setInterval(collect, 1);
    const checks = Array.from({ length: 300 }, async (_, index) => {
      const call = sampleCalls(2 + (index % 7), index)[index % 6]!;
      const arenas = call.createArenas();
      const pending = call.run(inBackground(gpu), arenas);
      if (index % 10 === 0) collect();
      const answer = await pending;
      const expected = call.createArenas();
      expect(answer).toBe(call.run(referenceBackend, expected));
      const same = arenas.map((arena, i) => equalBytes(arena, expected[i]!));
      expect({ kernel: call.kernel, same }).toEqual({ kernel: call.kernel, same: arenas.map(() => true) });
      return true;
    });
    const results = await Promise.all(checks);
    clearInterval(timer);
    expect(results.filter(Boolean)).toHaveLength(300);
    gpu.close();
  });

  test('a failure leaves the arenas and does not stop the next call', async () => {
    const gpu = new GPUBackend(openPlugin({ kind: HIP, path }));
    const results = new Uint8Array(48 * 33).fill(7);
    const failing = gpu.background().proofVerify(new Uint8Array(240 * 33), results);
    const working = gpu.background().proofVerify(new Uint8Array(240), new Uint8Array(48));
    await expect(failing).rejects.toThrow(PluginCallError);
    await expect(failing).rejects.toMatchObject({ backend: 'hip', code: 9 });
    await expect(working).resolves.toBeUndefined();
    expect(results).toEqual(new Uint8Array(48 * 33).fill(7));
    gpu.close();
  });

  test('a caller may overwrite its arenas as soon as the call is made', async () => {
    const gpu = new GPUBackend(openPlugin({ kind: HIP, path }));
    const [ops, results] = [new Uint8Array(240 * 8).fill(3), new Uint8Array(48 * 8)];
    const pending = gpu.background().proofVerify(ops, results);
    ops.fill(9);
    await pending;
    const expected = new Uint8Array(48 * 8);
    referenceBackend.proofVerify(new Uint8Array(240 * 8).fill(3), expected);
    expect(results).toEqual(expected);
    gpu.close();
  });

  test('closing lets running calls end and refuses those that wait', async () => {
    const gpu = new GPUBackend(openPlugin({ kind: HIP, path }));
    const background = gpu.background();
    const calls = Array.from({ length: 12 }, () =>
      background.proofVerify(new Uint8Array(240 * 2), new Uint8Array(48 * 2)),
    );
    const settled = Promise.allSettled(calls);
    await Promise.resolve();
    gpu.close();
    const outcomes = await settled;
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(outcomes.length - refused.length).toBe(4);
    for (const { reason } of refused) expect(reason).toBeInstanceOf(ErrGPUNotAvailable);
  });
});
