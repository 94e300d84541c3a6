import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { INT8_KERNEL_PARAMETER_BYTES, runInt8Kernel } from '@aivm/core/execute';
import { afterAll, describe, expect, it } from 'vitest';
import { openInt8Engine } from '../src/int8-engine.ts';

const parameters = Uint8Array.from({ length: INT8_KERNEL_PARAMETER_BYTES }, (_, i) => (i * 167) & 0xff);
const inputs = Uint8Array.from({ length: 32 * 50 }, (_, i) => (i * 89) & 0xff);
const expected = Uint8Array.from(
  { length: 50 },
  (_, i) => runInt8Kernel(parameters, inputs.subarray(32 * i, 32 * i + 32))[0] ?? 0,
);

const hasCompiler = spawnSync(process.env.CC || 'cc', ['--version']).status === 0;
const directory = mkdtempSync(join(tmpdir(), 'aivm-int8-engine-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('the engine that watch re-runs results on', () => {
  it.each(['cpu', 'wasm'] as const)('is %s when that is asked for, and right', async (name) => {
    const { engine, close } = await openInt8Engine(name);
    expect(engine.name).toBe(name);
    expect(await engine.runBatch(parameters, inputs)).toEqual(expected);
    close();
  });

  it('is WebAssembly without a plugin, and says why', async () => {
    const { engine, reason } = await openInt8Engine('auto', { LUX_GPU_PLUGIN_DIR: directory });
    expect(engine.name).toBe('wasm');
    expect(reason).toMatch(/no plugin|cannot be opened/);
    expect(await engine.runBatch(parameters, inputs)).toEqual(expected);
  });

  it.skipIf(!hasCompiler)('is the plugin where one serves', { timeout: 120_000 }, async () => {
    const script = fileURLToPath(new URL('../../backends/scripts/build-native.mjs', import.meta.url));
    expect(spawnSync(process.execPath, [script, '--only', 'cpu', '--out', directory]).status).toBe(0);
    const environment = { LUX_GPU_PLUGIN_DIR: join(directory, 'cpu') };
    const { engine, reason, close } = await openInt8Engine('auto', environment);
    expect([engine.name, reason]).toEqual([
      'cuda',
      `plugin ${join(directory, 'cpu/libluxgpu_backend_cuda.so')}`,
    ]);
    expect(await engine.runBatch(parameters, inputs)).toEqual(expected);
    close();
    await expect(engine.runBatch(parameters, inputs)).rejects.toThrow('the plugin was closed');
  });
});
