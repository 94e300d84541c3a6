import {
  activeBackend,
  activeGPUBackend,
  activeMode,
  BackendKind,
  backendKindName,
  effectiveBackendKind,
  GPUBackend,
  installGPUBackend,
  Mode,
  modeName,
  setBackend,
} from '@aivm/backends';
import { ErrGPUNotAvailable } from '@aivm/core/errors';
import { referenceBackend } from '@aivm/core/kernels';
import { afterEach, describe, expect, test } from 'vitest';

const open = (onRelease: () => void = () => {}): GPUBackend =>
  new GPUBackend({
    kind: BackendKind.AvailableVulkan,
    path: '/lib/plugin.so',
    kernels: referenceBackend,
    release: onRelease,
  });

afterEach(() => {
  installGPUBackend(new GPUBackend());
  setBackend(Mode.AutoAIVM);
});

test('kinds and modes print as plugins and logs spell them', () => {
  expect([0, 1, 2, 3, 4, 5, 6, 255].map(backendKindName)).toEqual([
    'none',
    'cuda',
    'hip',
    'metal',
    'vulkan',
    'webgpu',
    'backend(6)',
    'backend(255)',
  ]);
  expect([0, 1, 2, 3].map(modeName)).toEqual(['auto', 'cpu', 'gpu', 'unknown']);
});

describe('without a plugin', () => {
  test('auto is the first mode and runs on the CPU', () => {
    expect(activeMode()).toBe(Mode.AutoAIVM);
    expect(effectiveBackendKind()).toBe(BackendKind.AvailableNone);
    expect(activeBackend()).toMatchObject({ backend: { name: 'wasm' }, reason: 'WebAssembly is available' });
    expect(activeBackend().backend).toBe(activeBackend().backend);
  });

  test('gpu is refused at once and leaves the mode as it was', () => {
    setBackend(Mode.CPUAIVM);
    expect(() => setBackend(Mode.GPUAIVM)).toThrow(ErrGPUNotAvailable);
    expect(activeMode()).toBe(Mode.CPUAIVM);
  });

  test('a number that is no mode is refused', () => {
    expect(() => setBackend(3 as Mode)).toThrow(/^mode: expected 0, 1 or 2, got 3$/);
  });
});

describe('with a plugin', () => {
  test('auto and gpu take it, cpu does not', () => {
    const gpu = open();
    installGPUBackend(gpu);
    expect(activeGPUBackend()).toBe(gpu);
    expect(activeBackend()).toMatchObject({
      backend: { name: 'vulkan' },
      reason: 'mode auto, plugin vulkan',
    });
    setBackend(Mode.GPUAIVM);
    expect(activeBackend()).toEqual({ backend: gpu, reason: 'mode gpu, plugin vulkan' });
    expect(effectiveBackendKind()).toBe(BackendKind.AvailableVulkan);
    setBackend(Mode.CPUAIVM);
    expect(effectiveBackendKind()).toBe(BackendKind.AvailableNone);
    expect(activeBackend().backend.name).toBe('wasm');
  });

  test('gpu mode fails once the plugin is closed, and never falls back', () => {
    installGPUBackend(open());
    setBackend(Mode.GPUAIVM);
    activeGPUBackend().close();
    expect(() => activeBackend()).toThrow(ErrGPUNotAvailable);
    expect(effectiveBackendKind()).toBe(BackendKind.AvailableNone);
  });
});

describe('GPUBackend', () => {
  const calls: [string, (gpu: GPUBackend) => unknown][] = [
    [
      'attestationApply',
      (gpu) => gpu.attestationApply(new Uint8Array(96), new Uint8Array(), new Uint8Array()),
    ],
    ['provenanceApply', (gpu) => gpu.provenanceApply(new Uint8Array(96), new Uint8Array(), new Uint8Array())],
    ['anchorApply', (gpu) => gpu.anchorApply(new Uint8Array(96), new Uint8Array(), new Uint8Array())],
    [
      'epochTransition',
      (gpu) =>
        gpu.epochTransition(
          new Uint8Array(96),
          new Uint8Array(),
          new Uint8Array(),
          new Uint8Array(),
          new Uint8Array(160),
          new Uint8Array(192),
        ),
    ],
    [
      'inferenceStep',
      (gpu) => {
        const none = new Uint8Array();
        gpu.inferenceStep(new Uint8Array(672), none, none, none, none);
      },
    ],
    ['proofVerify', (gpu) => gpu.proofVerify(new Uint8Array(), new Uint8Array())],
  ];

  test.each(calls)(
    '%s throws ErrGPUNotAvailable on the zero value, runs when open, throws when closed',
    (name, call) => {
      expect(() => call(new GPUBackend())).toThrow(ErrGPUNotAvailable);
      expect(() => call(new GPUBackend())).toThrow(name);
      const gpu = open();
      expect(() => call(gpu)).not.toThrow();
      gpu.close();
      expect(() => call(gpu)).toThrow(ErrGPUNotAvailable);
    },
  );

  test('the zero value says that it is nothing', () => {
    const zero = new GPUBackend();
    expect([zero.isAvailable(), zero.kind(), zero.path(), zero.name]).toEqual([false, 0, '', 'none']);
  });

  test('closing releases the plugin once', () => {
    let released = 0;
    const gpu = open(() => released++);
    expect([gpu.isAvailable(), gpu.path(), gpu.name]).toEqual([true, '/lib/plugin.so', 'vulkan']);
    gpu.close();
    gpu.close();
    expect(released).toBe(1);
    expect([gpu.isAvailable(), gpu.kind(), gpu.path()]).toEqual([false, 0, '']);
    expect(() => new GPUBackend().close()).not.toThrow();
  });
});
