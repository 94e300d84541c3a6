import { referenceBackend } from '@aivm/core/kernels';
import { expect, test, vi } from 'vitest';
import { probeAccelerator, processAccelerator } from '../src/accelerator.ts';
import type { Log } from '../src/log.ts';

// A machine on which the optional package for native libraries was not installed.
vi.mock('node:module', async (original) => ({
  ...(await original<object>()),
  createRequire: () => (name: string) => {
    throw new Error(`Cannot find module '${name}'`);
  },
}));

test('a node without koffi says why it has no plugin, once, and its kernels run in WebAssembly', () => {
  const lines: [unknown, string][] = [];
  const log = { info: (...line: [unknown, string]) => lines.push(line) } as unknown as Log;
  probeAccelerator(log);
  probeAccelerator(log);
  const reason = "native libraries cannot be opened here: Cannot find module 'koffi'";
  const entry = { effectiveBackendKind: 'none', mode: 'auto', reason, rejected: [] };
  expect(lines).toEqual([[entry, 'kernels']]);
  const session = processAccelerator();
  expect(session.describe()).toEqual({
    backend: 'wasm',
    effectiveBackendKind: 'none',
    reason: 'mode auto: WebAssembly is available',
  });
  const [expected, actual] = [new Uint8Array(48), new Uint8Array(48)];
  referenceBackend.proofVerify(new Uint8Array(240).fill(3), expected);
  session.kernels().proofVerify(new Uint8Array(240).fill(3), actual);
  expect(actual).toEqual(expected);
});
