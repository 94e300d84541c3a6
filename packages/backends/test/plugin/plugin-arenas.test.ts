import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  activeBackend,
  BackendKind,
  createPluginBackend,
  GPUBackend,
  installGPUBackend,
  openPlugin,
} from '@aivm/backends';
import { equalBytes } from '@aivm/core/bytes';
import { createKernelArena, type KernelBackend, referenceBackend } from '@aivm/core/kernels';
import { AttestationOp } from '@aivm/core/layout';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { sampleCalls } from './arenas.ts';
import {
  buildCPUPlugins,
  COMPILING,
  compilePlugin,
  createWorkDirectory,
  libraryName,
  missingTool,
} from './compile.ts';

vi.setConfig(COMPILING);

const MIB = 2 ** 20;
const CUDA = BackendKind.AvailableCUDA;
const hasSmaps = process.platform === 'linux';

/** Bytes of this process whose mapping asks for huge pages. */
function hugePageBytes(): number {
  const mappings = readFileSync('/proc/self/smaps', 'utf8').split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m);
  const asking = mappings.filter((mapping) => /^VmFlags:.* hg( |$)/m.test(mapping));
  return asking.reduce((sum, mapping) => sum + 1024 * Number(/^Size: +(\d+)/m.exec(mapping)?.[1] ?? 0), 0);
}

/** Applies the ops of the sample call in a table that `backend` made, and gives the table. */
function applyInArena(backend: KernelBackend, byteLength: number): Uint8Array {
  const call = sampleCalls(40)[0]!;
  const [desc, ops] = call.createArenas();
  const table = createKernelArena(backend, byteLength);
  expect(table.every((byte) => byte === 0)).toBe(true);
  expect(backend.attestationApply(desc!, ops!, table)).toBe(ops!.length / AttestationOp.SIZE);
  return table;
}

describe.skipIf(missingTool)(`arenas of a plugin (${missingTool ?? 'compiled here'})`, () => {
  const work = createWorkDirectory();
  const slots = 2 ** 17;
  const expected = (): Uint8Array => applyInArena(referenceBackend, slots * 144);
  beforeAll(() => buildCPUPlugins(work.path));
  afterEach(() => installGPUBackend(new GPUBackend()));
  afterAll(() => work.remove());

  test('of the CPU plugin are zeroed memory in huge pages, and tables in them come out the same', () => {
    const backend = createPluginBackend({ path: join(work.path, 'cpu', libraryName(CUDA)) });
    const before = hasSmaps ? hugePageBytes() : 0;
    const table = applyInArena(backend, slots * 144);
    if (hasSmaps) expect(hugePageBytes() - before).toBeGreaterThan(table.length - 2 * 4096);
    expect(equalBytes(table, expected())).toBe(true);
    expect(backend.createArena(7)).toEqual(new Uint8Array(7));
    backend.close();
    expect(backend.createArena(8 * MIB)).toHaveLength(8 * MIB);
  });

  test('are prepared when they are large, once, with their address and size', () => {
    const bodies = {
      prepare_arena: 'seen_count++; seen_size = size; seen_at = bytes; return 1;',
      attestation_apply:
        '*applied = seen_count | (uint32_t)(seen_size >> 20) << 8 | (seen_at == table) << 16; return 0;',
    };
    const path = compilePlugin({ kind: CUDA, path: join(work.path, 'echo.so'), bodies });
    const backend = createPluginBackend({ kind: CUDA, path });
    const apply = (table: Uint8Array): number =>
      backend.attestationApply(new Uint8Array(96), new Uint8Array(144), table);
    expect(apply(backend.createArena(144 * 64))).toBe(0);
    backend.createArena(144 * 65_536);
    // The library makes no promise, so calls see copies: the address is another one.
    expect(apply(new Uint8Array(144))).toBe(0x901);
    backend.close();
  });

  test('stay good when the plugin fails and the CPU takes over', () => {
    const path = compilePlugin({
      kind: CUDA,
      path: join(work.path, 'failing.so'),
      bodies: { attestation_apply: 'memset(table, 0xee, 64); return 9;' },
    });
    const gpu = new GPUBackend(openPlugin({ kind: CUDA, path }));
    installGPUBackend(gpu);
    const { backend } = activeBackend();
    expect(equalBytes(applyInArena(backend, slots * 144), expected())).toBe(true);
    // The CPU serves now, and arenas are in its memory.
    const arena = createKernelArena(backend, 8 * MIB);
    expect(arena).toHaveLength(8 * MIB);
    expect(arena.buffer.byteLength).toBeGreaterThan(8 * MIB);
    gpu.close();
  });

  test('without a plugin are ordinary memory', () => {
    expect(new GPUBackend().createArena(5)).toEqual(new Uint8Array(5));
  });
});
