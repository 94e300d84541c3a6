import { type Clock, platformClock, sleep as sleepOrAbort } from '@aivm/sdk';

/** Bounds of a series of waits. */
export interface BackoffOptions {
  readonly firstMs: number;
  readonly maxMs: number;
}

/** What a series of waits is where nothing else is asked for. */
export const DEFAULT_BACKOFF: BackoffOptions = { firstMs: 100, maxMs: 5_000 };

/** Doubling waits up to a bound; `reset` starts over after a success. */
export interface Backoff {
  /** Waits and doubles; ends early, without an error, when `signal` is aborted. */
  wait(signal: AbortSignal): Promise<void>;
  reset(): void;
  /** Waits since the last reset. */
  readonly count: number;
}

/** Resolves after `ms` of the clock, or at once when `signal` is aborted. */
export const sleep = (ms: number, signal: AbortSignal, clock: Clock = platformClock): Promise<void> =>
  sleepOrAbort(ms, signal, clock).catch(() => undefined);

/** A new series of waits. */
export function createBackoff(
  options: BackoffOptions = DEFAULT_BACKOFF,
  clock: Clock = platformClock,
): Backoff {
  let nextMs = options.firstMs;
  let count = 0;
  return {
    wait: async (signal) => {
      const ms = nextMs;
      nextMs = Math.min(nextMs * 2, options.maxMs);
      count++;
      await sleep(ms, signal, clock);
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
