import { BackendKind, pluginProbes, pluginSymbols } from '@aivm/backends';
import { describe, expect, test } from 'vitest';

describe('pluginProbes', () => {
  test('without variables is the bare names, in the order in which plugins win', () => {
    const probes = pluginProbes({ platform: 'linux', environment: {} });
    expect(probes.map(({ kind }) => kind)).toEqual([1, 2, 3, 4, 5]);
    expect(probes.flatMap(({ paths }) => paths)).toEqual([
      'libluxgpu_backend_cuda.so',
      'libluxgpu_backend_hip.so',
      'libluxgpu_backend_metal.dylib',
      'libluxgpu_backend_vulkan.so',
      'libluxgpu_backend_webgpu.so',
    ]);
  });

  test('takes the extension of macOS where a plugin exists there', () => {
    const probes = pluginProbes({ platform: 'darwin', environment: {} });
    expect(probes.map(({ file }) => file.split('.')[1])).toEqual(['so', 'so', 'dylib', 'dylib', 'dylib']);
  });

  test('puts both variables before the bare name', () => {
    const environment = { LUX_GPU_PLUGIN_DIR: '/d', LUXCPP_PREFIX: '/p' };
    const [cuda] = pluginProbes({ platform: 'linux', environment });
    expect(cuda?.paths).toEqual([
      '/d/libluxgpu_backend_cuda.so',
      '/d/backends/cuda/libluxgpu_backend_cuda.so',
      '/d/build/backends/cuda/libluxgpu_backend_cuda.so',
      '/d/build/metal-only/backends/cuda/libluxgpu_backend_cuda.so',
      '/d/build/vulkan-m1/backends/cuda/libluxgpu_backend_cuda.so',
      '/p/lib/libluxgpu_backend_cuda.so',
      'libluxgpu_backend_cuda.so',
    ]);
  });

  test('an empty variable is no variable', () => {
    const environment = { LUX_GPU_PLUGIN_DIR: '', LUXCPP_PREFIX: '' };
    expect(pluginProbes({ platform: 'linux', environment })[0]?.paths).toEqual(['libluxgpu_backend_cuda.so']);
  });
});

test('a plugin exports one function per kernel', () => {
  expect(pluginSymbols(BackendKind.AvailableWebGPU)).toEqual([
    'lux_webgpu_aivm_attestation_apply',
    'lux_webgpu_aivm_provenance_apply',
    'lux_webgpu_aivm_anchor_apply',
    'lux_webgpu_aivm_epoch_transition',
    'lux_webgpu_aivm_inference_step',
    'lux_webgpu_aivm_proof_verify',
  ]);
});
