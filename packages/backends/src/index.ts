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
export { type AsyncFallbackParameters, createAsyncFallbackBackend } from './engine/async-fallback-backend.ts';
export {
  type AsyncKernelBackend,
  type KernelName,
  toAsyncKernelBackend,
} from './engine/async-kernel-backend.ts';
export { BackendKind, backendKindName } from './engine/backend-kind.ts';
export type { BackgroundKernels } from './engine/background-kernels.ts';
export { classifyBatch } from './engine/classify-batch.ts';
export type { ChosenBackend } from './engine/cpu-engine.ts';
export { EngineCallError, type EngineFailure } from './engine/failover.ts';
export { createFallbackBackend, type FallbackParameters } from './engine/fallback-backend.ts';
export { GPUBackend, type LoadedPlugin } from './engine/gpu-backend.ts';
export { Mode, modeName } from './engine/mode.ts';
export {
  type PluginProbe,
  type PluginProbeParameters,
  pluginProbes,
  pluginSymbols,
} from './engine/plugin-paths.ts';
export {
  activeBackend,
  activeGPUBackend,
  activeMode,
  effectiveBackendKind,
  installGPUBackend,
  setBackend,
} from './engine/selection.ts';
export {
  type ChooseNetworkEngineParameters,
  type ChosenNetworkEngine,
  chooseNetworkEngine,
  NETWORK_ENGINES,
  type NetworkEngineName,
} from './network/choose-engine.ts';
export {
  type NetworkFiles,
  readNetworkBlob,
  readNetworkFiles,
} from './network/model-directory.ts';
export type { LoadedNetwork, NetworkEngine, PassParameters } from './network/network-engine.ts';
export { createReferenceEngine } from './network/reference-engine.ts';
export { createWasmEngine } from './network/wasm-engine.ts';
export { type FoundPlugin, findPlugin, type PluginRejection } from './plugin/find-plugin.ts';
export { type OpenPluginParameters, openPlugin } from './plugin/open-plugin.ts';
export {
  type CreatePluginBackendParameters,
  createPluginBackend,
  type PluginBackend,
} from './plugin/plugin-backend.ts';
export { PluginCallError, type PluginCallFailure, PluginOpenError } from './plugin/plugin-errors.ts';
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
