import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { AsyncKernelBackend, PluginBackend } from '@aivm/backends';
import { AivmError } from '@aivm/core/errors';
import { referenceBackend } from '@aivm/core/kernels';

/** Engines that commands can name. */
export const ENGINE_NAMES = ['cpu', 'wasm', 'native', 'webgpu'] as const;
export type EngineName = (typeof ENGINE_NAMES)[number];

/** An engine for as long as a command needs it. */
export interface OpenEngine {
  readonly backend: AsyncKernelBackend;
  close(): void;
}

/** Where `npm run build:native` puts the CPU plugin; under any of its names it is the same engine. */
const NATIVE_PATH = fileURLToPath(
  new URL('../../../native/build/cpu/libluxgpu_backend_vulkan.so', import.meta.url),
);

/**
 * The plugin in a file, under a name for reports.
 * @throws AivmError `gpu_not_available` with what is missing.
 */
export async function openShared(path: string, name = 'native'): Promise<PluginBackend> {
  const { createPluginBackend } = await import('@aivm/backends');
  try {
    return createPluginBackend({ path, name });
  } catch (cause) {
    throw new AivmError('gpu_not_available', cause instanceof Error ? cause.message : String(cause), {
      cause,
    });
  }
}

async function openPluginEngine(path: string): Promise<OpenEngine> {
  const { toAsyncKernelBackend } = await import('@aivm/backends');
  const plugin = await openShared(path);
  return { backend: toAsyncKernelBackend(plugin), close: () => plugin.close() };
}

async function openWebGPU(): Promise<OpenEngine> {
  const { createWebGPUBackend, NO_THRESHOLDS } = await import('@aivm/backends');
  try {
    // Every call goes to the device, however small: this is to judge the device.
    const backend = await createWebGPUBackend({ thresholds: NO_THRESHOLDS });
    return { backend, close: () => backend.close() };
  } catch (cause) {
    throw new AivmError('gpu_not_available', cause instanceof Error ? cause.message : String(cause), {
      cause,
    });
  }
}

/** The native CPU engine where it was built, else undefined. */
export const openNative = async (): Promise<PluginBackend | undefined> =>
  existsSync(NATIVE_PATH) ? openShared(NATIVE_PATH) : undefined;

/**
 * Opens an engine by name, or the plugin in a file.
 * @throws AivmError `gpu_not_available` with what is missing.
 */
export async function openEngine(name: EngineName, pluginFile?: string): Promise<OpenEngine> {
  const { createWasmBackend, toAsyncKernelBackend } = await import('@aivm/backends');
  const close = (): void => undefined;
  if (pluginFile !== undefined) return openPluginEngine(pluginFile);
  if (name === 'cpu') return { backend: toAsyncKernelBackend(referenceBackend), close };
  if (name === 'wasm') return { backend: toAsyncKernelBackend(createWasmBackend()), close };
  if (name === 'webgpu') return openWebGPU();
  if (!existsSync(NATIVE_PATH)) {
    throw new AivmError('gpu_not_available', 'the native engine is not built: npm run build:native');
  }
  return openPluginEngine(NATIVE_PATH);
}
