// What a browser takes: this folder and what it imports need neither Node nor a file system.

export {
  type ConformanceResult,
  type RunConformanceAsyncParameters,
  runConformanceAsync,
} from '../conformance/run-conformance.ts';
export type { VectorText } from '../conformance/vector-file.ts';
export {
  type AsyncFallbackParameters,
  createAsyncFallbackBackend,
} from '../engine/async-fallback-backend.ts';
export {
  type AsyncKernelBackend,
  type KernelName,
  toAsyncKernelBackend,
} from '../engine/async-kernel-backend.ts';
export type { WebGPU } from './gpu-api.ts';
export { GPU_THRESHOLDS, NO_THRESHOLDS, SOFTWARE_THRESHOLDS, type WebGPUThresholds } from './thresholds.ts';
export {
  type CreateWebGPUBackendParameters,
  createWebGPUBackend,
  type WebGPUBackend,
} from './webgpu-backend.ts';
export {
  type WebGPUCallCode,
  WebGPUCallError,
  type WebGPUUnavailableCode,
  WebGPUUnavailableError,
} from './webgpu-errors.ts';
