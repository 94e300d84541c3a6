import type { WebGPU } from './gpu-api.ts';
import { WebGPUUnavailableError } from './webgpu-errors.ts';

/** Not written into the import itself: a bundler for browsers would look for it. */
const PACKAGE = 'webgpu';

/**
 * WebGPU for Node, by the optional npm package.
 * @throws WebGPUUnavailableError `no_package` where it is not installed, or has no binary for this platform
 */
export async function loadNodeGPU(): Promise<WebGPU> {
  try {
    const dawn = (await import(/* @vite-ignore */ PACKAGE)) as { create(options: readonly string[]): WebGPU };
    return dawn.create([]);
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    throw new WebGPUUnavailableError('no_package', `the npm package ${PACKAGE} does not load: ${detail}`, {
      cause,
    });
  }
}
