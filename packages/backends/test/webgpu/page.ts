import {
  type ConformanceResult,
  createWebGPUBackend,
  NO_THRESHOLDS,
  runConformanceAsync,
  type VectorText,
  type WebGPU,
  type WebGPUCallError,
  type WebGPUUnavailableError,
} from '@aivm/backends/webgpu';

/** What a page found: its device and how the vectors went, or why it has none. */
export type PageReport =
  | { readonly device: string; readonly results: readonly ConformanceResult[] }
  | { readonly code: string; readonly reason: string };

/** Runs the vectors on the browser's own device. */
async function checkVectors(files: readonly VectorText[]): Promise<PageReport> {
  try {
    // The browser's own type, so that the compiler says whether ours takes it.
    const gpu: WebGPU | undefined = navigator.gpu;
    const engine = await createWebGPUBackend({ ...(gpu && { gpu }), thresholds: NO_THRESHOLDS });
    const results = await runConformanceAsync({ files, backend: engine });
    engine.close();
    return { device: engine.adapter.description || engine.adapter.vendor, results };
  } catch (error) {
    const { code, message } = error as WebGPUUnavailableError | WebGPUCallError;
    return { code, reason: message };
  }
}

Object.assign(globalThis, { checkVectors });
