import { AivmError, type ErrorCode } from '@aivm/core';
import { type Backoff, createBackoff } from './backoff.ts';

/** Refusals that go away by themselves: the same thing tried later can succeed. */
const TRANSIENT: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'unreachable',
  'timeout',
  'pool_full',
  'rate_limited',
  'not_initialized',
  'nonce_gap',
  'nonce_too_low',
  'replacement_underpriced',
  'timers_full',
  'internal',
]);

/** Whether trying again later can help. */
export const isTransient = (error: unknown): boolean =>
  error instanceof AivmError && TRANSIENT.has(error.code);

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
  },
): Promise<T | undefined> {
  const backoff = options.backoff ?? createBackoff();
  while (!options.signal.aborted) {
    try {
      return await action();
    } catch (error) {
      if (options.signal.aborted) return undefined;
      if (!(error instanceof AivmError) || !isTransient(error)) throw error;
      options.onRetry?.(error);
      await backoff.wait(options.signal);
    }
  }
  return undefined;
}
