import { type KernelBackend, referenceBackend } from '@aivm/core/kernels';
import { createWasmBackend } from '../wasm/wasm-backend.ts';
import { platformWebAssembly } from '../wasm/web-assembly.ts';

/** An engine and why it was taken, for the log line at start. */
export interface ChosenBackend {
  readonly backend: KernelBackend;
  readonly reason: string;
}

/** The fastest engine that needs no plugin: WebAssembly, else the TypeScript reference, about 15 times slower. */
export function chooseCPUEngine(): ChosenBackend {
  if (platformWebAssembly() === undefined) {
    return { backend: referenceBackend, reason: 'this JavaScript engine has no WebAssembly' };
  }
  try {
    return { backend: createWasmBackend(), reason: 'WebAssembly is available' };
  } catch (error) {
    // Both engines give the same bytes, so a missing instruction set costs speed and must not stop a node.
    const detail = error instanceof Error ? error.message : String(error);
    return { backend: referenceBackend, reason: `the WebAssembly kernels do not load here: ${detail}` };
  }
}
