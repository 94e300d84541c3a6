/** Linear memory of an instance. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

interface WasmInstance {
  readonly exports: object;
}

/** The part of the WebAssembly API that this package uses; the language's own library does not describe it. */
export interface WebAssemblyApi {
  readonly Module: new (binary: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object) => WasmInstance;
  instantiate(binary: Uint8Array<ArrayBuffer>): Promise<{ readonly instance: WasmInstance }>;
}

/** The platform's WebAssembly, or undefined where it has none (a locked-down or interpreter-only JavaScript engine). */
export const platformWebAssembly = (): WebAssemblyApi | undefined =>
  (globalThis as { WebAssembly?: WebAssemblyApi }).WebAssembly;
