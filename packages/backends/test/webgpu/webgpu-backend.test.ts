import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  createAsyncFallbackBackend,
  createWebGPUBackend,
  type EngineFailure,
  GPU_THRESHOLDS,
  SOFTWARE_THRESHOLDS,
  type WebGPU,
  type WebGPUBackend,
  WebGPUCallError,
  WebGPUUnavailableError,
} from '@aivm/backends';
import { equalBytes } from '@aivm/core/bytes';
import { type KernelBackend, referenceBackend } from '@aivm/core/kernels';
import { build } from 'esbuild';
import { afterAll, describe, expect, test } from 'vitest';
import type { WebGPUDevice } from '../../src/webgpu/gpu-api.ts';
import { loadNodeGPU } from '../../src/webgpu/node-gpu.ts';
import { differenceOf, openEngine, tryEngine } from './engine.ts';
import { epochBatch, inferenceBatch, proofBatch } from './random-batch.ts';

const { engine, reason } = await tryEngine();

const codeOf = (opening: Promise<WebGPUBackend>): Promise<unknown> =>
  opening.then(
    (opened) => {
      opened.close();
      return 'it opened';
    },
    (error: unknown) => (error instanceof WebGPUUnavailableError ? error.code : error),
  );

describe('without a device', () => {
  test('no adapter', async () => {
    const gpu: WebGPU = { requestAdapter: async () => null };
    expect(await codeOf(createWebGPUBackend({ gpu }))).toBe('no_adapter');
    await expect(createWebGPUBackend({ gpu })).rejects.toThrow(/^webgpu: no adapter: there is no GPU/);
  });

  test('an adapter that cannot be asked for, a device that does not open', async () => {
    const broken: WebGPU = { requestAdapter: () => Promise.reject(new Error('driver gone')) };
    await expect(createWebGPUBackend({ gpu: broken })).rejects.toThrow(/failed: driver gone$/);
    const info = { vendor: '', architecture: '', description: '' };
    const requestDevice = (): Promise<never> => Promise.reject(new Error('no'));
    const closed: WebGPU = { requestAdapter: async () => ({ info, requestDevice }) };
    expect(await codeOf(createWebGPUBackend({ gpu: closed }))).toBe('no_device');
  });

  test('Node without the npm package', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'aivm-webgpu-'));
    try {
      // Bundled to where no package is installed above it.
      const entry = fileURLToPath(new URL('../../src/webgpu/index.ts', import.meta.url));
      const outfile = join(directory, 'engine.mjs');
      await build({
        entryPoints: [entry],
        outfile,
        bundle: true,
        format: 'esm',
        platform: 'node',
        conditions: ['aivm-source'],
      });
      const program = `import { createWebGPUBackend } from ${JSON.stringify(outfile)};
        createWebGPUBackend().catch(({ name, code }) => process.stdout.write(name + ' ' + code));`;
      const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
        cwd: directory,
        encoding: 'utf8',
      });
      expect(stdout).toBe('WebGPUUnavailableError no_package');
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  test.each([0, 1.5, 2 ** 20 + 1, Number.NaN])('chunkCountMax %d is refused', async (chunkCountMax) => {
    await expect(createWebGPUBackend({ chunkCountMax })).rejects.toThrow(/^chunkCountMax: expected/);
  });
});

/** The platform's GPU with a hand on the devices that it opens. */
async function watchedGPU(change: (device: WebGPUDevice) => WebGPUDevice): Promise<WebGPU> {
  const real = await loadNodeGPU();
  return {
    async requestAdapter(options) {
      const adapter = await real.requestAdapter(options);
      if (adapter === null) return null;
      return { info: adapter.info, requestDevice: async () => change(await adapter.requestDevice()) };
    },
  };
}

/** A device whose shaders are compiled from changed source. */
const withShaders = (device: WebGPUDevice, change: (code: string) => string): WebGPUDevice =>
  new Proxy(device, {
    get(target, name) {
      if (name === 'createShaderModule') {
        return ({ label, code }: { label: string; code: string }) =>
          target.createShaderModule({ label, code: change(code) });
      }
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });

async function openWithDevice(
  chunkCountMax: number,
): Promise<{ engine: WebGPUBackend; device: WebGPUDevice }> {
  const devices: WebGPUDevice[] = [];
  const gpu = await watchedGPU((device) => {
    devices.push(device);
    return device;
  });
  return { engine: await openEngine({ gpu, chunkCountMax }), device: devices[0]! };
}

describe.skipIf(engine === undefined)(`a device (${reason})`, () => {
  afterAll(() => engine?.close());

  test('that computes wrongly is refused', { timeout: 300_000 }, async () => {
    const gpu = await watchedGPU((device) =>
      withShaders(device, (code) => code.replace('clamp(sum', 'clamp(~sum')),
    );
    expect(await codeOf(openEngine({ gpu }))).toBe('wrong_answer');
  });

  test('that does not take a shader is refused with its words', async () => {
    const gpu = await watchedGPU((device) =>
      withShaders(device, (code) => code.replace('isAtMost(', 'isNot(')),
    );
    const error = await openEngine({ gpu }).catch((cause: unknown) => cause as WebGPUUnavailableError);
    expect(error).toMatchObject({ name: 'WebGPUUnavailableError', code: 'no_device' });
    expect(`${error}`).toMatch(/does not compile: .*isAtMost/s);
  });

  test.each([
    ['inferenceStep', inferenceBatch, [3, 4]],
    ['proofVerify', proofBatch, [1]],
    ['epochTransition', epochBatch, [1, 4, 5]],
  ] as const)('that is lost in %s leaves the arenas alone', async (_, create, written) => {
    const { engine: doomed, device } = await openWithDevice(64);
    const { arenas, run } = create(1, 6400);
    const before = arenas.map((bytes) => bytes.slice());
    const calling = run(doomed as unknown as KernelBackend, arenas) as Promise<void>;
    const outcome = calling.then(
      () => 'answered',
      (error: unknown) => error,
    );
    await Promise.resolve();
    device.destroy();
    const error = await outcome;
    expect(error).toBeInstanceOf(WebGPUCallError);
    expect(error).toMatchObject({ code: 'device_lost' });
    for (const place of written) expect(equalBytes(arenas[place]!, before[place]!)).toBe(true);
    await expect(run(doomed as unknown as KernelBackend, arenas)).rejects.toMatchObject({
      code: 'device_lost',
    });
  });

  test('that is lost is followed by the CPU, reported once', async () => {
    const { engine: doomed, device } = await openWithDevice(64);
    const reports: EngineFailure[] = [];
    const guarded = createAsyncFallbackBackend({
      engine: doomed,
      cpu: referenceBackend,
      onFailure: (error) => reports.push(error),
    });
    expect(guarded.name).toBe('webgpu');
    const batches = [inferenceBatch(2, 900), proofBatch(3, 900), epochBatch(4, 900)];
    const differing = Promise.all(batches.map(({ arenas, run }) => differenceOf(guarded, arenas, run)));
    device.destroy();
    expect(await differing).toEqual([undefined, undefined, undefined]);
    expect(await differenceOf(guarded, batches[0]!.arenas, batches[0]!.run)).toBeUndefined();
    expect(reports).toMatchObject([{ code: 'device_lost' }]);
    expect(guarded.name).toBe('cpu');
  });

  test('that was closed says so, and closes twice', async () => {
    const closed = await openEngine();
    closed.close();
    closed.close();
    await expect(closed.proofVerify(new Uint8Array(240), new Uint8Array(48))).rejects.toMatchObject({
      code: 'closed',
    });
  });

  test("the caller's mistakes stay the caller's, and no device is blamed", async () => {
    const guarded = createAsyncFallbackBackend({
      engine: engine!,
      cpu: referenceBackend,
      onFailure: () => expect.unreachable(),
    });
    await expect(guarded.proofVerify(new Uint8Array(239), new Uint8Array(48))).rejects.toThrow(RangeError);
    expect(guarded.name).toBe('webgpu');
  });
});

test.skipIf(engine === undefined)(`small calls stay on the CPU (${reason})`, async () => {
  let asked = 0;
  const cpu: KernelBackend = {
    ...referenceBackend,
    proofVerify: (...arenas) => {
      asked++;
      referenceBackend.proofVerify(...arenas);
    },
  };
  const picky = await createWebGPUBackend({ cpu, thresholds: { proofOps: 100 } });
  const askedAtStart = asked;
  for (const [count, onCPU] of [
    [99, 1],
    [100, 1],
    [101, 1],
    [0, 2],
  ] as const) {
    const { arenas, run } = proofBatch(count + 1, count);
    expect(await differenceOf(picky, arenas, run)).toBeUndefined();
    expect(asked - askedAtStart).toBe(onCPU);
  }
  picky.close();
});

test('a device in software is never faster, a GPU has a least size', () => {
  expect(Object.values(SOFTWARE_THRESHOLDS).every((count) => count === Number.POSITIVE_INFINITY)).toBe(true);
  expect(Object.values(GPU_THRESHOLDS).every((count) => count >= 1024)).toBe(true);
});
