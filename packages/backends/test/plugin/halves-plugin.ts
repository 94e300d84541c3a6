import { createPluginBackend, type PluginBackend } from '@aivm/backends';
import { equalBytes } from '@aivm/core/bytes';
import { type KernelBackend, referenceBackend } from '@aivm/core/kernels';
import { expect } from 'vitest';
import { nativeLoader } from '../../src/plugin/native-loader.ts';
import { runTableCall, type TableCall } from './halves-calls.ts';

/** A plugin whose tables two threads may share. */
export interface OpenPlugin {
  readonly backend: PluginBackend;
  /** Ops that two threads shared since the last look. */
  readonly takeShared: () => number;
  /** A function of the library that takes numbers and gives one. */
  readonly func: (name: string, count: number) => (...parameters: number[]) => number;
  readonly close: () => void;
}

/** Opens a library that reads its settings now. */
export function openHalves(path: string, threads: string, engine?: string): OpenPlugin {
  const loaded = nativeLoader();
  if ('reason' in loaded) throw new Error(loaded.reason);
  process.env.AIVM_CPU_THREADS = threads;
  if (engine !== undefined) process.env.AIVM_CPU_ENGINE = engine;
  const backend = createPluginBackend({ path, name: engine ?? 'native' });
  const library = loaded.loader.load(path);
  const sharedOps = library.func('aivm_cpu_shared_ops', 'uint64_t', []);
  let seen = 0;
  const takeShared = (): number => {
    const before = seen;
    seen = Number(sharedOps());
    return seen - before;
  };
  const func = (name: string, count: number) =>
    library.func(
      name,
      'int',
      Array.from({ length: count }, () => 'int'),
    );
  const close = (): void => {
    library.unload();
    backend.close();
  };
  return { backend, takeShared, func, close };
}

/** Whether a backend does what the reference does; compared here, for an assertion library takes longer than a kernel. */
export function expectSameTable(backend: KernelBackend, call: TableCall): void {
  const [expected, actual] = [runTableCall(referenceBackend, call), runTableCall(backend, call)];
  const same = equalBytes(actual.table, expected.table);
  expect({ ...call, applied: actual.applied, same }).toEqual({
    ...call,
    applied: expected.applied,
    same: true,
  });
}
