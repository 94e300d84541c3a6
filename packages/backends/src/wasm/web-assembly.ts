/** Linear memory of an instance. This package never grows one: that would detach every view that a caller holds. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
}

interface WasmInstance {
  readonly exports: object;
}

/** A compiled module, of which any number of instances can be made. */
export type WasmModule = object;

/** The part of the WebAssembly API that this package uses; the language's own library does not describe it. */
export interface WebAssemblyApi {
  readonly Memory: new (size: { readonly initial: number }) => WasmMemory;
  readonly Module: new (binary: Uint8Array<ArrayBuffer>) => WasmModule;
  readonly Instance: new (
    module: WasmModule,
    imports: Readonly<Record<string, Readonly<Record<string, object>>>>,
  ) => WasmInstance;
  compile(binary: Uint8Array<ArrayBuffer>): Promise<WasmModule>;
}

/** The platform's WebAssembly, or undefined where it has none (a locked-down or interpreter-only JavaScript engine). */
export const platformWebAssembly = (): WebAssemblyApi | undefined =>
  (globalThis as { WebAssembly?: WebAssemblyApi }).WebAssembly;
