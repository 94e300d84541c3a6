import { AivmError, type ErrorCode } from '@aivm/core/errors';
import type { Clock } from '@aivm/sdk';
import { type Backoff, createBackoff, DEFAULT_BACKOFF } from './backoff.ts';

/** Refusals that go away by themselves: the same thing tried later can succeed. */
const TRANSIENT: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'unreachable',
  'timeout',
  'pool_full',
  'rate_limited',
  'not_initialized',
  'nonce_gap',
  'nonce_too_low',
  'expired',
  'replacement_underpriced',
  'timers_full',
  'internal',
]);

/** A failure of any kind as a rejection: a node can answer anything, and one answer never ends a worker. */
export const rejectionOf = (error: unknown): AivmError =>
  error instanceof AivmError
    ? error
    : new AivmError('internal', error instanceof Error ? error.message : String(error), { cause: error });

/** Whether a sender says that nothing refused the transaction: sending the same operation again goes on with it. */
const isUndecided = (error: AivmError): boolean =>
  'outcome' in error && (error.outcome === 'unknown' || error.outcome === 'not_sent');

/** Whether trying again later can help. */
export const isTransient = (error: unknown): boolean =>
  error instanceof AivmError && (TRANSIENT.has(error.code) || isUndecided(error));

/** How the parts of one run go on after what goes away by itself. */
export interface Retry {
  readonly signal: AbortSignal;
  readonly onRetry: (error: AivmError) => void;
  /** What every pause of the run is measured by [the platform's]. */
  readonly clock?: Clock | undefined;
}

/** For what a worker reads in its loops: it asks until it has a usable answer. */
export const ALWAYS = { isWorth: () => true } as const;

/**
 * Runs `action` until it succeeds or fails for a reason that waiting does not mend; `undefined` when `signal` is
 * aborted first. The number of tries is bounded by the caller's signal alone, the pace by the backoff.
 */
export async function retryTransient<T>(
  action: () => Promise<T>,
  options: {
    readonly signal: AbortSignal;
    readonly backoff?: Backoff;
    readonly onRetry?: (error: AivmError) => void;
    /** Which failures are worth another try besides those that go away by themselves [none]. */
    readonly isWorth?: (error: AivmError) => boolean;
    /** What the pauses are measured by [the platform's]. */
    readonly clock?: Clock | undefined;
  },
): Promise<T | undefined> {
  const isWorth = options.isWorth ?? (() => false);
  const backoff = options.backoff ?? createBackoff(DEFAULT_BACKOFF, options.clock);
  while (!options.signal.aborted) {
    try {
      return await action();
    } catch (error) {
      if (options.signal.aborted) return undefined;
      const rejection = rejectionOf(error);
      if (!isTransient(error) && !isWorth(rejection)) throw error;
      options.onRetry?.(rejection);
      await backoff.wait(options.signal);
    }
  }
  return undefined;
}
