import { KERNELS_WASM_BASE64 } from '../generated/kernels-wasm.ts';
import { platformWebAssembly, type WasmMemory, type WebAssemblyApi } from './web-assembly.ts';

/** What the compiled kernels export. Addresses and counts are u32; kernels that work through pieces keep state between. */
export interface KernelExports {
  readonly memory: WasmMemory;
  arenaBase(): number;
  keccak256(message: number, size: number, out: number): void;
  attestationApply(desc: number, ops: number, opCount: number, table: number, slotCount: number): number;
  provenanceApply(ops: number, opCount: number, table: number, slotCount: number): number;
  anchorApply(ops: number, opCount: number, table: number, slotCount: number): number;
  epochBegin(desc: number): void;
  epochAttestations(slots: number, count: number, first: number): number;
  epochModels(slots: number, count: number, first: number): void;
  epochAnchors(slots: number, count: number, first: number): void;
  epochFinish(desc: number, epoch: number, result: number): void;
  inferenceBegin(weights: number): void;
  inferenceOps(ops: number, opCount: number, inputs: number, outputs: number, results: number): void;
  inferenceFinish(): void;
  proofVerify(ops: number, opCount: number, results: number): void;
}

/** The compiled kernels as a WebAssembly binary of about 10 KB. */
export const kernelBinary = (): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(KERNELS_WASM_BASE64), (character) => character.charCodeAt(0));

function requireWebAssembly(): WebAssemblyApi {
  const api = platformWebAssembly();
  if (api === undefined) throw new Error('wasm: this JavaScript engine has no WebAssembly');
  return api;
}

/**
 * A fresh instance with memory of its own, made at once. Browsers refuse this on the main thread for modules over
 * 4 KiB: there use {@link instantiateKernelsAsync}.
 * @throws Error without WebAssembly, WebAssembly.CompileError without its SIMD instructions
 */
export function instantiateKernels(): KernelExports {
  const { Module, Instance } = requireWebAssembly();
  return new Instance(new Module(kernelBinary())).exports as KernelExports;
}

/** As {@link instantiateKernels}, compiled off the main thread where the platform can. */
export async function instantiateKernelsAsync(): Promise<KernelExports> {
  const { instance } = await requireWebAssembly().instantiate(kernelBinary());
  return instance.exports as KernelExports;
}
