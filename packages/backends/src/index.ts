export {
  type BenchKernelsParameters,
  type BenchReport,
  type BenchRow,
  benchKernels,
} from './bench/bench-kernels.ts';
export { readVectorDirectory } from './conformance/read-vector-directory.ts';
export {
  type ConformanceResult,
  type RunConformanceParameters,
  runConformance,
} from './conformance/run-conformance.ts';
export type { VectorText } from './conformance/vector-file.ts';
export { BackendKind, backendKindName } from './selection/backend-kind.ts';
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
