import type { Clock } from '@aivm/sdk';

/** How long to wait, and what ends the wait early. */
export interface WaitOptions {
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

interface Waiter<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (reason: unknown) => void;
}

/** Promises that somebody else settles, all those under a key at once. A wait that ends leaves nothing behind. */
export class Waiters<T> {
  readonly #byKey = new Map<string, Set<Waiter<T>>>();
  readonly #clock: Pick<Clock, 'after'>;

  constructor({ clock }: { readonly clock: Pick<Clock, 'after'> }) {
    this.#clock = clock;
  }

  get size(): number {
    let size = 0;
    for (const waiters of this.#byKey.values()) size += waiters.size;
    return size;
  }

  /** Waits under `key`. `onTimeout` makes the answer, or throws it; without `timeoutMs` the wait has no end. */
  wait(key: string, { timeoutMs, signal }: WaitOptions, onTimeout: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(signal.reason);
        return;
      }
      const finish = (settle: () => void): void => {
        cancel?.();
        signal?.removeEventListener('abort', abort);
        this.#remove(key, waiter);
        settle();
      };
      const waiter: Waiter<T> = {
        resolve: (value) => finish(() => resolve(value)),
        reject: (reason) => finish(() => reject(reason)),
      };
      const abort = (): void => waiter.reject(signal?.reason);
      const cancel =
        timeoutMs === undefined
          ? undefined
          : this.#clock.after(timeoutMs, () => {
              try {
                waiter.resolve(onTimeout());
              } catch (error) {
                waiter.reject(error);
              }
            });
      signal?.addEventListener('abort', abort, { once: true });
      const waiters = this.#byKey.get(key) ?? new Set();
      this.#byKey.set(key, waiters.add(waiter));
    });
  }

  resolve(key: string, value: T): void {
    for (const waiter of [...(this.#byKey.get(key) ?? [])]) waiter.resolve(value);
  }

  reject(key: string, reason: unknown): void {
    for (const waiter of [...(this.#byKey.get(key) ?? [])]) waiter.reject(reason);
  }

  rejectAll(reason: unknown): void {
    for (const key of [...this.#byKey.keys()]) this.reject(key, reason);
  }

  #remove(key: string, waiter: Waiter<T>): void {
    const waiters = this.#byKey.get(key);
    waiters?.delete(waiter);
    if (waiters?.size === 0) this.#byKey.delete(key);
  }
}
