import { createPluginBackend, findPlugin, PluginOpenError } from '@aivm/backends';
import { expect, test, vi } from 'vitest';

// The platform without the optional dependency: what Node says when a package is not installed.
vi.mock('node:module', async (original) => ({
  ...(await original<object>()),
  createRequire: () => (name: string) => {
    throw new Error(`Cannot find module '${name}'\nRequire stack:\n- somewhere`);
  },
}));

test('without the native loader there is no plugin, and the reason says so in one line', () => {
  const found = findPlugin({ platform: 'linux', environment: { LUX_GPU_PLUGIN_DIR: '/tmp' } });
  const reason = "native libraries cannot be opened here: Cannot find module 'koffi'";
  expect([found.backend.isAvailable(), found.reason, found.rejections]).toEqual([false, reason, []]);
  expect(() => createPluginBackend({ path: '/tmp/libluxgpu_backend_cuda.so' })).toThrow(PluginOpenError);
  expect(() => createPluginBackend({ path: '/tmp/libluxgpu_backend_cuda.so' })).toThrow(reason);
});
