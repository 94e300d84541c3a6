export { type AsyncFallbackParameters, createAsyncFallbackBackend } from './async/async-fallback-backend.ts';
export {
  type AsyncKernelBackend,
  type KernelName,
  toAsyncKernelBackend,
} from './async/async-kernel-backend.ts';
export { classifyBatch } from './async/classify-batch.ts';
export { type BenchDeviceParameters, benchDevice } from './bench/bench-device.ts';
export {
  type BenchKernelsParameters,
  type BenchReport,
  type BenchRow,
  benchKernels,
} from './bench/bench-kernels.ts';
export { benchThreads, type ThreadsRow } from './bench/bench-threads.ts';
export { readVectorDirectory } from './conformance/read-vector-directory.ts';
export {
  type ConformanceResult,
  type RunConformanceAsyncParameters,
  type RunConformanceParameters,
  runConformance,
  runConformanceAsync,
} from './conformance/run-conformance.ts';
export type { VectorText } from './conformance/vector-file.ts';
export { createFallbackBackend, type FallbackParameters } from './plugin/fallback-backend.ts';
export { type FoundPlugin, findPlugin, type PluginRejection } from './plugin/find-plugin.ts';
export { type OpenPluginParameters, openPlugin } from './plugin/open-plugin.ts';
export {
  type CreatePluginBackendParameters,
  createPluginBackend,
  type PluginBackend,
} from './plugin/plugin-backend.ts';
export { PluginCallError, type PluginCallFailure, PluginOpenError } from './plugin/plugin-errors.ts';
export { BackendKind, backendKindName } from './selection/backend-kind.ts';
export type { BackgroundKernels } from './selection/background-kernels.ts';
export type { ChosenBackend } from './selection/cpu-engine.ts';
export { GPUBackend, type LoadedPlugin } from './selection/gpu-backend.ts';
export { Mode, modeName } from './selection/mode.ts';
export {
  type PluginProbe,
  type PluginProbeParameters,
  pluginProbes,
  pluginSymbols,
} from './selection/plugin-paths.ts';
export {
  activeBackend,
  activeGPUBackend,
  activeMode,
  effectiveBackendKind,
  installGPUBackend,
  setBackend,
} from './selection/selection.ts';
export { createWasmBackend, createWasmBackendAsync } from './wasm/wasm-backend.ts';
export { createWasmKeccak256 } from './wasm/wasm-keccak256.ts';
export type { WebGPU } from './webgpu/gpu-api.ts';
export {
  GPU_THRESHOLDS,
  NO_THRESHOLDS,
  SOFTWARE_THRESHOLDS,
  type WebGPUThresholds,
} from './webgpu/thresholds.ts';
export {
  type CreateWebGPUBackendParameters,
  createWebGPUBackend,
  type WebGPUBackend,
} from './webgpu/webgpu-backend.ts';
export {
  type WebGPUCallCode,
  WebGPUCallError,
  type WebGPUUnavailableCode,
  WebGPUUnavailableError,
} from './webgpu/webgpu-errors.ts';
