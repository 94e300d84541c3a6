import { sleep as sleepOrAbort } from '@aivm/sdk';

/** Bounds of a series of waits. */
export interface BackoffOptions {
  readonly firstMs: number;
  readonly maxMs: number;
}

const DEFAULT_BACKOFF: BackoffOptions = { firstMs: 100, maxMs: 5_000 };

/** Doubling waits up to a bound; `reset` starts over after a success. */
export interface Backoff {
  /** Waits and doubles; ends early, without an error, when `signal` is aborted. */
  wait(signal: AbortSignal): Promise<void>;
  reset(): void;
  /** Waits since the last reset. */
  readonly count: number;
}

/** Resolves after `ms`, or at once when `signal` is aborted. */
export const sleep = (ms: number, signal: AbortSignal): Promise<void> =>
  sleepOrAbort(ms, signal).catch(() => undefined);

/** A new series of waits. */
export function createBackoff(options: BackoffOptions = DEFAULT_BACKOFF): Backoff {
  let nextMs = options.firstMs;
  let count = 0;
  return {
    wait: async (signal) => {
      const ms = nextMs;
      nextMs = Math.min(nextMs * 2, options.maxMs);
      count++;
      await sleep(ms, signal);
    },
    reset: () => {
      nextMs = options.firstMs;
      count = 0;
    },
    get count() {
      return count;
    },
  };
}
