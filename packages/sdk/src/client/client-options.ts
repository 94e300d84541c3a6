import type { ChainIdentity } from './chain-pin.ts';
import { type Clock, platformClock } from './clock.ts';

/** Where a node is and how patient a client of it is. */
export interface ClientOptions {
  /** The address of a node, e.g. "http://127.0.0.1:9650"; "/rpc" is added to an address without a path. */
  readonly url: string;
  /**
   * The chain that is meant. A node that names another one is refused with `wrong_chain`: at the first contact where
   * this says which, and later where it differs from what the first contact said.
   */
  readonly chain?: ChainIdentity;
  /** Default: the platform's. */
  readonly fetch?: typeof fetch;
  /** How long one request may take, its own waiting excluded. Default 30,000. */
  readonly timeoutMs?: number;
  /** How often a repeatable request is tried again when no node answers or it asks to slow down. Default 2. */
  readonly retriesMax?: number;
  /** The first pause between two tries; it doubles up to 10 s. Default 200. */
  readonly backoffMs?: number;
  /** Default: the platform's. */
  readonly clock?: Clock;
}

/** Options of one call. */
export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  /** Instead of the client's own. */
  readonly retriesMax?: number;
}

/** How a transaction is posted. */
export interface SubmitOptions extends CallOptions {
  /** Wait until it is in a block, or until its task ended; answered as it stands after `waitMs`. */
  readonly wait?: 'accepted' | 'final';
  /** Default 30,000, at most 60,000. */
  readonly waitMs?: number;
}

const BACKOFF_MS_MAX = 10_000;

/** The pause before try `attempt` (0 = the first repetition), with a random half so that clients do not march in step. */
export function backoffMs(firstMs: number, attempt: number, clock: Pick<Clock, 'random'>): number {
  const full = Math.min(BACKOFF_MS_MAX, firstMs * 2 ** attempt);
  return full / 2 + (clock.random() * full) / 2;
}

/**
 * Resolves after `ms` of the clock, the platform's unless another is given.
 * @throws the signal's reason when it is aborted.
 * @example await sleep(1, AbortSignal.timeout(5_000))
 */
export function sleep(ms: number, signal?: AbortSignal, clock: Clock = platformClock): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(signal.reason);
      return;
    }
    const stop = (): void => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = clock.after(ms, () => {
      signal?.removeEventListener('abort', stop);
      resolve();
    });
    signal?.addEventListener('abort', stop, { once: true });
  });
}
