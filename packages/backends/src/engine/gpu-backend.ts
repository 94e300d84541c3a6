import { ErrGPUNotAvailable } from '@aivm/core/errors';
import type { ArenaBackend, KernelBackend } from '@aivm/core/kernels';
import { BackendKind, backendKindName } from './backend-kind.ts';
import type { BackgroundKernels } from './background-kernels.ts';

/** An open plugin with all six kernels resolved. */
export interface LoadedPlugin {
  readonly kind: BackendKind;
  /** Absolute path of the shared object. */
  readonly path: string;
  readonly kernels: Omit<KernelBackend, 'name'>;
  /** The same kernels on threads of their own, where the plugin has them. */
  readonly background?: BackgroundKernels;
  /** Zeroed memory for tables, where the plugin has better than ordinary memory. */
  readonly createArena?: (byteLength: number) => Uint8Array;
  /** Gives the shared object back. Called once. */
  release(): void;
}

/**
 * A handle to an accelerator plugin. Made without one, or once closed, it is the zero value: every kernel throws
 * ErrGPUNotAvailable, and the caller runs on the CPU instead.
 */
export class GPUBackend implements ArenaBackend {
  #plugin: LoadedPlugin | undefined;

  constructor(plugin?: LoadedPlugin) {
    this.#plugin = plugin;
  }

  get name(): string {
    return backendKindName(this.kind());
  }

  /** Whether a plugin is open with all six kernels. */
  isAvailable(): boolean {
    return this.#plugin !== undefined;
  }

  kind(): BackendKind {
    return this.#plugin?.kind ?? BackendKind.AvailableNone;
  }

  /** Absolute path of the plugin's shared object; empty without one. */
  path(): string {
    return this.#plugin?.path ?? '';
  }

  /** Releases the plugin. Closing again does nothing. */
  close(): void {
    const plugin = this.#plugin;
    this.#plugin = undefined;
    plugin?.release();
  }

  /**
   * The kernels on threads of their own, for long batches.
   * @throws ErrGPUNotAvailable without a plugin, or where it has none
   */
  background(): BackgroundKernels {
    if (this.#plugin?.background === undefined)
      throw new ErrGPUNotAvailable('background: no plugin is loaded');
    return this.#plugin.background;
  }

  /** Zeroed bytes for a table; ordinary ones without a plugin. */
  createArena(byteLength: number): Uint8Array {
    return this.#plugin?.createArena?.(byteLength) ?? new Uint8Array(byteLength);
  }

  attestationApply(...parameters: Parameters<KernelBackend['attestationApply']>): number {
    return this.#require('attestationApply').attestationApply(...parameters);
  }

  provenanceApply(...parameters: Parameters<KernelBackend['provenanceApply']>): number {
    return this.#require('provenanceApply').provenanceApply(...parameters);
  }

  anchorApply(...parameters: Parameters<KernelBackend['anchorApply']>): number {
    return this.#require('anchorApply').anchorApply(...parameters);
  }

  epochTransition(...parameters: Parameters<KernelBackend['epochTransition']>): void {
    this.#require('epochTransition').epochTransition(...parameters);
  }

  inferenceStep(...parameters: Parameters<KernelBackend['inferenceStep']>): void {
    this.#require('inferenceStep').inferenceStep(...parameters);
  }

  proofVerify(...parameters: Parameters<KernelBackend['proofVerify']>): void {
    this.#require('proofVerify').proofVerify(...parameters);
  }

  #require(kernel: string): LoadedPlugin['kernels'] {
    if (this.#plugin === undefined) throw new ErrGPUNotAvailable(`${kernel}: no plugin is loaded`);
    return this.#plugin.kernels;
  }
}
