import { NETWORK_WASM_BASE64 } from '../generated/network-wasm.ts';
import { platformWebAssembly, type WasmMemory, type WasmModule } from '../wasm/web-assembly.ts';

/** What the compiled rows export. Addresses and counts are u32. */
export interface RowExports {
  memoryBase(): number;
  /** Rows of weights over places; `n` is a multiple of 16, `addend` 0 if there is none. */
  dense(
    x: number,
    places: number,
    n: number,
    w: number,
    tails: number,
    m: number,
    zy: number,
    lo: number,
    hi: number,
    addend: number,
    out: number,
  ): void;
}

/** An instance and its memory, which never grows. */
export interface RowInstance extends RowExports {
  readonly memory: WasmMemory;
}

const PAGE_SIZE = 65_536;

let compiled: WasmModule | undefined;

/**
 * An instance with `capacity` bytes from `memoryBase()` on.
 *
 * @throws Error without WebAssembly, RangeError if there is no such memory (4 GiB at most)
 */
export function instantiateRows(capacity: number): RowInstance {
  const api = platformWebAssembly();
  if (api === undefined) throw new Error('wasm: this JavaScript engine has no WebAssembly');
  compiled ??= new api.Module(
    Uint8Array.from(atob(NETWORK_WASM_BASE64), (character) => character.charCodeAt(0)),
  );
  const memory = new api.Memory({ initial: 1 + Math.ceil(capacity / PAGE_SIZE) });
  const { exports } = new api.Instance(compiled, { env: { memory } });
  return { ...(exports as RowExports), memory };
}
