import { ErrGPUNotAvailable } from '@aivm/core/errors';
import { type BackendKind, backendKindName } from '../engine/backend-kind.ts';
import type { NativeArgument, NativeFunction, NativeLibrary, NativeLoader } from './native-loader.ts';
import type { KernelName } from './plan-call.ts';
import { PluginCallError, PluginOpenError } from './plugin-errors.ts';

const POINTER = 'void *';
const COUNT = 'uint32_t';
const APPLY = [POINTER, POINTER, POINTER, POINTER, COUNT, POINTER] as const;

/** The C function of each kernel: the end of its name, and its parameters. */
const FUNCTIONS: Readonly<Record<KernelName, readonly [suffix: string, parameters: readonly string[]]>> = {
  attestationApply: ['attestation_apply', APPLY],
  provenanceApply: ['provenance_apply', APPLY],
  anchorApply: ['anchor_apply', APPLY],
  epochTransition: [
    'epoch_transition',
    [POINTER, POINTER, POINTER, POINTER, POINTER, POINTER, COUNT, COUNT, COUNT, POINTER],
  ],
  inferenceStep: ['inference_step', [POINTER, POINTER, POINTER, POINTER, POINTER, COUNT, POINTER]],
  proofVerify: ['proof_verify', [POINTER, POINTER, COUNT, POINTER]],
};

/** Calls that run at once; libuv's pool has no more threads by default, and koffi refuses calls past 256. */
const RUNNING_MAX = 4;

/** Calls that may wait for a thread. Each holds copies of its arenas. */
const WAITING_MAX = 4096;

/** Smaller tables gain nothing from preparation: they lie in the cache, and huge pages are 2 MiB. */
const PREPARED_SIZE_MIN = 4 * 1024 * 1024;

/** An open plugin: its six functions, and the bookkeeping that no call outlives the library. */
export class PluginLibrary {
  readonly backend: string;
  readonly path: string;
  /** Whether the plugin promises that a call that fails has written nothing. */
  readonly failureIsClean: boolean;
  readonly #library: NativeLibrary;
  readonly #functions: ReadonlyMap<KernelName, NativeFunction>;
  readonly #prepareArena: NativeFunction | undefined;
  readonly #waiting: (() => void)[] = [];
  /** Arguments of running calls: koffi holds no reference to their buffers, and the collector would free them. */
  readonly #held = new Set<readonly NativeArgument[]>();
  #running = 0;
  #isClosed = false;

  /** @throws PluginOpenError when the library does not open or lacks one of the six functions */
  constructor(loader: NativeLoader, kind: BackendKind, path: string) {
    // An empty name would open the program itself.
    if (path === '') throw new PluginOpenError(path, 'the path is empty');
    this.backend = backendKindName(kind);
    this.path = path;
    this.#library = attempt(path, () => loader.load(path));
    try {
      const entries = Object.entries(FUNCTIONS) as [KernelName, (typeof FUNCTIONS)[KernelName]][];
      this.#functions = new Map(
        entries.map(([kernel, [, parameters]]) => {
          const symbol = this.#symbol(kernel);
          return [kernel, attempt(path, () => this.#library.func(symbol, 'int', parameters))];
        }),
      );
    } catch (error) {
      this.#library.unload();
      throw error;
    }
    this.failureIsClean = this.#optional('failure_is_clean', [])?.() === 1;
    this.#prepareArena = this.#optional('prepare_arena', [POINTER, 'uint64_t']);
  }

  /** Zeroed bytes for a table, which the plugin may prepare while nothing is written in them. Closed, it prepares none. */
  createArena(byteLength: number): Uint8Array {
    const arena = new Uint8Array(byteLength);
    if (byteLength >= PREPARED_SIZE_MIN && !this.#isClosed) this.#prepareArena?.(arena, byteLength);
    return arena;
  }

  /** Makes one call while the caller waits. @throws PluginCallError on another code than 0 */
  call(kernel: KernelName, parameters: readonly NativeArgument[]): void {
    this.#check(kernel, this.#function(kernel)(...parameters));
  }

  /** Makes one call on the thread pool. The buffers of `parameters` stay alive and must not be touched until it ends. */
  async callInBackground(kernel: KernelName, parameters: readonly NativeArgument[]): Promise<void> {
    await this.#turn(kernel);
    try {
      const status = await new Promise<number>((resolve, reject) => {
        const done = (error: unknown, code: number): void => (error ? reject(error) : resolve(code));
        this.#function(kernel).async(...parameters, done);
        this.#held.add(parameters);
      });
      this.#check(kernel, status);
    } finally {
      this.#held.delete(parameters);
      this.#running--;
      this.#waiting.shift()?.();
      this.#unloadWhenIdle();
    }
  }

  /** Refuses further calls; the library is unloaded once the last running call has ended. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const wake of this.#waiting.splice(0)) wake();
    this.#unloadWhenIdle();
  }

  #symbol(kernel: KernelName): string {
    return `lux_${this.backend}_aivm_${FUNCTIONS[kernel][0]}`;
  }

  /** Waits until one of the {@link RUNNING_MAX} places is free and takes it. */
  async #turn(kernel: KernelName): Promise<void> {
    if (this.#waiting.length >= WAITING_MAX) {
      throw new RangeError(`${kernel}: expected at most ${WAITING_MAX} waiting calls`);
    }
    while (this.#running >= RUNNING_MAX && !this.#isClosed) {
      await new Promise<void>((wake) => this.#waiting.push(wake));
    }
    // A function of an unloaded library must never be reached.
    this.#function(kernel);
    this.#running++;
  }

  #function(kernel: KernelName): NativeFunction {
    const found = this.#functions.get(kernel);
    if (this.#isClosed || found === undefined)
      throw new ErrGPUNotAvailable(`${kernel}: the plugin was closed`);
    return found;
  }

  #check(kernel: KernelName, code: number): void {
    if (code === 0) return;
    const { backend, path } = this;
    throw new PluginCallError({ backend, functionName: this.#symbol(kernel), code, path });
  }

  #optional(suffix: string, parameters: readonly string[]): NativeFunction | undefined {
    try {
      return this.#library.func(`lux_${this.backend}_aivm_${suffix}`, 'int', parameters);
    } catch {
      return undefined;
    }
  }

  #unloadWhenIdle(): void {
    if (this.#isClosed && this.#running === 0) this.#library.unload();
  }
}

function attempt<Result>(path: string, run: () => Result): Result {
  try {
    return run();
  } catch (cause) {
    throw new PluginOpenError(path, cause instanceof Error ? cause.message : String(cause), { cause });
  }
}
