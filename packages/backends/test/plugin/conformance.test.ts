import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createPluginBackend, readVectorDirectory, runConformance } from '@aivm/backends';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { nativeLoader } from '../../src/plugin/native-loader.ts';
import {
  buildCPUPlugins,
  COMPILING,
  createWorkDirectory,
  libraryName,
  missingTool,
  PLUGIN_KINDS,
} from './compile.ts';

vi.setConfig(COMPILING);

const files = readVectorDirectory(fileURLToPath(new URL('../../../../vectors', import.meta.url)));
const failuresOf = (path: string): unknown => {
  const backend = createPluginBackend({ path });
  const results = runConformance({ files, backend });
  backend.close();
  expect(results.length).toBeGreaterThan(100);
  return results.filter((result) => !result.passed);
};

describe.skipIf(missingTool)(`the CPU plugin (${missingTool ?? 'compiled here'})`, () => {
  const work = createWorkDirectory();
  const pathOf = (index: number): string => join(work.path, 'cpu', libraryName(PLUGIN_KINDS[index]!));
  beforeAll(() => buildCPUPlugins(work.path));
  afterEach(() => {
    delete process.env.AIVM_CPU_ENGINE;
  });
  afterAll(() => work.remove());

  test.each(PLUGIN_KINDS.map((kind, index) => [libraryName(kind), kind, index] as const))(
    'passes every vector as %s',
    (_, kind, index) => {
      const backend = createPluginBackend({ path: pathOf(index) });
      expect([backend.kind, backend.path, backend.name]).toEqual([kind, pathOf(index), 'native']);
      backend.close();
      expect(failuresOf(pathOf(index))).toEqual([]);
    },
  );

  test.for(['portable', 'scalar', 'avx2', 'avx512'])(
    'passes every vector with the engine %s',
    (engine, { skip }) => {
      process.env.AIVM_CPU_ENGINE = engine;
      const loaded = nativeLoader();
      if ('reason' in loaded) throw new Error(loaded.reason);
      // The library reads the variable when it is loaded, and nothing else holds it open here.
      const library = loaded.loader.load(pathOf(0));
      const name: unknown = library.func('aivm_cpu_engine_name', 'str', [])();
      library.unload();
      if (name !== engine) skip(`this processor does not run it: ${name} is taken`);
      expect(failuresOf(pathOf(0))).toEqual([]);
    },
  );
});
