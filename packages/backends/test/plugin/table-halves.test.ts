import { join } from 'node:path';
import { BackendKind, GPUBackend, openPlugin } from '@aivm/backends';
import { equalBytes } from '@aivm/core/bytes';
import { type KernelBackend, referenceBackend } from '@aivm/core/kernels';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  buildCPUPlugins,
  COMPILING,
  compilePlugin,
  createWorkDirectory,
  libraryName,
  missingTool,
  PLUGIN_KINDS,
} from './compile.ts';
import {
  createTableArenas,
  runTableCall,
  type Spread,
  smallTableCalls,
  type TableCall,
} from './halves-calls.ts';
import { expectSameTable, type OpenPlugin, openHalves } from './halves-plugin.ts';

vi.setConfig(COMPILING);

const CASES = Number(process.env.AIVM_FUZZ_CASES ?? 600);
const HIP = BackendKind.AvailableHIP;

afterEach(() => {
  delete process.env.AIVM_CPU_THREADS;
  delete process.env.AIVM_CPU_ENGINE;
});

describe.skipIf(missingTool)(
  `two threads on one table, in small blocks (${missingTool ?? 'compiled'})`,
  () => {
    const work = createWorkDirectory();
    const path = join(work.path, 'blocks.so');
    let plugin: OpenPlugin;
    beforeAll(() => {
      const macros = { AIVM_BLOCK_OPS: 16, AIVM_OPS_WORTH_A_THREAD: 17, AIVM_OPS_MEANWHILE: 4 };
      compilePlugin({ kind: HIP, path, bodies: {}, macros });
      plugin = openHalves(path, '2');
    });
    afterAll(() => {
      plugin.close();
      work.remove();
    });

    test('give every byte as the reference does, whatever the keys', () => {
      let [ops, shared] = [0, 0];
      fc.assert(
        fc.property(smallTableCalls, (call) => {
          expectSameTable(plugin.backend, call);
          ops += call.ops;
          shared += plugin.takeShared();
        }),
        { numRuns: CASES },
      );
      // Neither always apart nor always together: both ends of the way are walked.
      expect(shared).toBeGreaterThan(ops / 3);
      expect(shared).toBeLessThan(ops);
    });

    test.each<[Spread, Partial<TableCall>, number, number]>([
      ['anywhere', {}, 200, 200],
      ['middle', {}, 100, 199],
      ['end', {}, 100, 199],
      ['both borders', {}, 200, 200],
      ['one slot', {}, 100, 199],
      ['first half', { keys: 3 }, 200, 200],
      ['anywhere', { taken: 256 }, 0, 0],
      ['anywhere', { slots: 128, ops: 400, keys: 400 }, 16, 399],
      ['anywhere', { slots: 64 }, 0, 0],
      ['anywhere', { ops: 16 }, 0, 0],
    ])('keys %s %o: between %i and %i ops are shared', (spread, change, least, most) => {
      const call: TableCall = {
        kernel: 'attestationApply',
        slots: 1024,
        ops: 200,
        keys: 200,
        spread,
        taken: 0,
        seed: 7,
        ...change,
      };
      plugin.takeShared();
      expectSameTable(plugin.backend, call);
      const shared = plugin.takeShared();
      expect(shared).toBeGreaterThanOrEqual(least);
      expect(shared).toBeLessThanOrEqual(most);
    });

    test('many ops of one block that begin in one slot', () => {
      const macros = { AIVM_BLOCK_OPS: 600, AIVM_OPS_WORTH_A_THREAD: 17, AIVM_OPS_MEANWHILE: 4 };
      const large = openHalves(
        compilePlugin({ kind: HIP, path: join(work.path, 'large.so'), bodies: {}, macros }),
        '2',
      );
      for (const spread of ['one slot behind a border', 'one slot', 'both borders'] as const) {
        const kernel = 'attestationApply';
        expectSameTable(large.backend, {
          kernel,
          slots: 8192,
          ops: 1500,
          keys: 50_000,
          spread,
          taken: 1,
          seed: 9,
        });
      }
      expect(large.takeShared()).toBe(4500);
      large.close();
    });

    test('a table whose size is no power of two has one thread', () => {
      const call: TableCall = {
        kernel: 'provenanceApply',
        slots: 512,
        ops: 300,
        keys: 90,
        spread: 'end',
        taken: 20,
        seed: 3,
      };
      const tables = [referenceBackend, plugin.backend].map((backend) => {
        const [desc, ops, table] = createTableArenas(call);
        const part = table.subarray(0, 160 * 300);
        backend.provenanceApply(desc, ops, part);
        return part;
      });
      expect(equalBytes(tables[0]!, tables[1]!)).toBe(true);
      expect(plugin.takeShared()).toBe(0);
    });

    test('calls at the same time, each with a thread of its own', async () => {
      const gpu = new GPUBackend(openPlugin({ kind: HIP, path }));
      const calls = fc.sample(smallTableCalls, { numRuns: 200, seed: 5 });
      const results = await Promise.all(
        calls.map(async (call) => {
          const [desc, ops, table] = createTableArenas(call);
          const kernels = gpu.background() as unknown as Pick<KernelBackend, TableCall['kernel']>;
          const applied = await kernels[call.kernel](desc, ops, table);
          const expected = runTableCall(referenceBackend, call);
          return applied === expected.applied && equalBytes(table, expected.table);
        }),
      );
      expect(results.filter(Boolean)).toHaveLength(200);
      expect(plugin.takeShared()).toBeGreaterThan(0);
      gpu.close();
    });
  },
);

describe.skipIf(missingTool)(`two threads on one table, as built (${missingTool ?? 'compiled here'})`, () => {
  const work = createWorkDirectory();
  const pathOf = (index: number): string => join(work.path, 'cpu', libraryName(PLUGIN_KINDS[index]!));
  const call: TableCall = {
    kernel: 'attestationApply',
    slots: 2 ** 17,
    ops: 65_536,
    keys: 60_000,
    spread: 'anywhere',
    taken: 10,
    seed: 11,
  };
  beforeAll(() => buildCPUPlugins(work.path));
  afterAll(() => work.remove());

  test.each(['portable', 'scalar', 'avx2', 'avx512'].map((engine, index) => [engine, index] as const))(
    'engine %s',
    (engine, index) => {
      const plugin = openHalves(pathOf(index), '2', engine);
      expectSameTable(plugin.backend, call);
      expectSameTable(plugin.backend, { ...call, kernel: 'provenanceApply' });
      expect(plugin.takeShared()).toBe(2 * call.ops);
      expectSameTable(plugin.backend, { ...call, slots: 2 ** 15, keys: 40_000 });
      const shared = plugin.takeShared();
      expect(shared).toBeGreaterThan(10_000);
      expect(shared).toBeLessThan(call.ops);
      plugin.close();
    },
  );

  test('AIVM_CPU_THREADS=1 keeps to one thread', () => {
    const plugin = openHalves(pathOf(4), '1');
    expectSameTable(plugin.backend, call);
    expect(plugin.takeShared()).toBe(0);
    plugin.close();
  });
});
