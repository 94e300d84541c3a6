import { KERNELS_WASM_BASE64 } from '../generated/kernels-wasm.ts';
import {
  platformWebAssembly,
  type WasmMemory,
  type WasmModule,
  type WebAssemblyApi,
} from './web-assembly.ts';

/** What the compiled kernels export. Addresses and counts are u32; kernels that work through pieces keep state between. */
export interface KernelExports {
  readonly memory: WasmMemory;
  arenaBase(): number;
  keccak256(message: number, size: number, out: number): void;
  attestationApply(desc: number, ops: number, opCount: number, table: number, slotCount: number): number;
  provenanceApply(ops: number, opCount: number, table: number, slotCount: number): number;
  anchorCursor(table: number, slotCount: number): number;
  anchorApply(ops: number, opCount: number, table: number, slotCount: number, cursor: number): number;
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
const kernelBinary = (): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(KERNELS_WASM_BASE64), (character) => character.charCodeAt(0));

/** Bytes of one page of memory. The kernels' own data fit into the first. */
const PAGE_SIZE = 65_536;

/** Room for what one call copies when nobody says how much: pieces of every arena. */
const CAPACITY_DEFAULT = 2 ** 20;

function requireWebAssembly(): WebAssemblyApi {
  const api = platformWebAssembly();
  if (api === undefined) throw new Error('wasm: this JavaScript engine has no WebAssembly');
  return api;
}

/**
 * Compiles the kernels at once. Browsers of before 2023 refuse this on the main thread for modules over 4 KiB: there use
 * {@link compileKernelsAsync}.
 * @throws Error without WebAssembly, WebAssembly.CompileError without its SIMD instructions
 */
export const compileKernels = (): WasmModule => new (requireWebAssembly().Module)(kernelBinary());

/** As {@link compileKernels}, off the main thread where the platform can. */
export const compileKernelsAsync = async (): Promise<WasmModule> =>
  requireWebAssembly().compile(kernelBinary());

/**
 * An instance with memory of its own: `capacity` bytes from `arenaBase()` on, all zero, and never more.
 * @throws RangeError when there is no such memory (4 GiB at most)
 */
export function instantiateModule(module: WasmModule, capacity: number): KernelExports {
  const { Memory, Instance } = requireWebAssembly();
  let memory: WasmMemory;
  try {
    memory = new Memory({ initial: 1 + Math.ceil(capacity / PAGE_SIZE) });
  } catch (cause) {
    throw new RangeError(`arenas: expected to fit WebAssembly memory, got ${capacity} bytes in all`, {
      cause,
    });
  }
  const { exports } = new Instance(module, { env: { memory } });
  return { ...(exports as Omit<KernelExports, 'memory'>), memory };
}

/** Compiles off the main thread where the platform can, and instantiates. */
export const instantiateKernelsAsync = async (capacity: number = CAPACITY_DEFAULT): Promise<KernelExports> =>
  instantiateModule(await compileKernelsAsync(), capacity);
