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
export { createWasmBackend, createWasmBackendAsync } from './wasm/wasm-backend.ts';
export { createWasmKeccak256 } from './wasm/wasm-keccak256.ts';
