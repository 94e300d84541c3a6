import { createWasmBackend, createWasmBackendAsync } from '@aivm/backends';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { chooseCPUEngine } from '../src/engine/cpu-engine.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('the CPU engine', () => {
  test('is WebAssembly where the platform has it', () => {
    expect(chooseCPUEngine().backend.name).toBe('wasm');
  });

  test('is the reference without WebAssembly, and says so', () => {
    vi.stubGlobal('WebAssembly', undefined);
    expect(chooseCPUEngine().backend.name).toBe('cpu');
    expect(chooseCPUEngine().reason).toBe('this JavaScript engine has no WebAssembly');
    expect(() => createWasmBackend()).toThrow(/has no WebAssembly/);
  });

  test('is the reference where the module does not compile, and says why', () => {
    class Module {
      constructor() {
        throw new Error('SIMD is not enabled');
      }
    }
    vi.stubGlobal('WebAssembly', { ...WebAssembly, Module });
    expect(chooseCPUEngine().backend.name).toBe('cpu');
    expect(chooseCPUEngine().reason).toMatch(/do not load here: SIMD is not enabled$/);
  });
});

test('the asynchronous factory gives the same engine', async () => {
  const backend = await createWasmBackendAsync();
  const results = new Uint8Array(48);
  backend.proofVerify(new Uint8Array(240), results);
  const expected = new Uint8Array(48);
  createWasmBackend().proofVerify(new Uint8Array(240), expected);
  expect(backend.name).toBe('wasm');
  expect(results).toEqual(expected);
  expect(results[0]).toBe(0x16);
});
