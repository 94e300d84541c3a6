import { createRequire } from 'node:module';

/** What a native function takes: memory, a u32, or NULL. Nothing else may reach it: a number would be an address. */
export type NativeArgument = ArrayBufferView | number | null;

/** A C function that returns an int. */
export interface NativeFunction {
  (...parameters: NativeArgument[]): number;
  /** Runs on a thread of the pool. Keeps nothing alive: hold every buffer until `done` was called. */
  async(...parameters: [...NativeArgument[], (error: unknown, status: number) => void]): void;
}

/** An open shared object. */
export interface NativeLibrary {
  /** Throws when there is no such symbol. */
  func(name: string, result: string, parameters: readonly string[]): NativeFunction;
  /** After this a call of any of its functions is a crash. */
  unload(): void;
}

/** Opens shared objects. */
export interface NativeLoader {
  /** Throws with the system's reason, in which the path is missing. */
  load(path: string): NativeLibrary;
}

interface Koffi extends NativeLoader {
  config(settings?: Readonly<Record<string, number>>): Readonly<Record<string, number>>;
}

/** A loader, or why there is none. */
export type NativeLoaderResult = { readonly loader: NativeLoader } | { readonly reason: string };

/** Stack of a call on the pool's threads, bytes. Koffi's own 128 KiB is less than a GPU runtime needs to start. */
const ASYNC_STACK_SIZE = 4 * 1024 * 1024;

let result: NativeLoaderResult | undefined;

/** The native loader of the process. Nothing is loaded before the first call: the dependency is optional. */
export function nativeLoader(): NativeLoaderResult {
  result ??= loadKoffi();
  return result;
}

function loadKoffi(): NativeLoaderResult {
  try {
    const koffi = createRequire(import.meta.url)('koffi') as Koffi;
    // Only possible before the first library is open; another user of koffi in the process may have been earlier.
    if ((koffi.config().async_stack_size ?? 0) < ASYNC_STACK_SIZE) {
      koffi.config({ async_stack_size: ASYNC_STACK_SIZE });
    }
    return { loader: koffi };
  } catch (error) {
    const detail = error instanceof Error ? error.message.split('\n')[0] : String(error);
    return { reason: `native libraries cannot be opened here: ${detail}` };
  }
}
