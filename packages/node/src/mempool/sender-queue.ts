import type { Transaction } from '@aivm/core/tx';

/** A transaction in the pool. */
export interface PooledTransaction {
  readonly tx: Transaction;
  /** Counts up over the pool; a replacement keeps its predecessor's place. */
  readonly arrival: number;
  readonly payment: bigint;
  readonly addedAtHeight: number;
}

/** One sender's transactions by nonce. Bounded by the pool's limit per sender. */
export class SenderQueue {
  readonly address: Uint8Array;
  readonly #byNonce = new Map<bigint, PooledTransaction>();

  constructor(address: Uint8Array) {
    this.address = address;
  }

  get size(): number {
    return this.#byNonce.size;
  }

  get(nonce: bigint): PooledTransaction | undefined {
    return this.#byNonce.get(nonce);
  }

  set(pooled: PooledTransaction): void {
    this.#byNonce.set(pooled.tx.nonce, pooled);
  }

  delete(nonce: bigint): void {
    this.#byNonce.delete(nonce);
  }

  /** Those that can be in the next block of an account at `nonce`, one after the other. */
  ready(nonce: bigint): readonly PooledTransaction[] {
    const ready: PooledTransaction[] = [];
    for (let next = nonce; ; next++) {
      const pooled = this.#byNonce.get(next);
      if (pooled === undefined) return ready;
      ready.push(pooled);
    }
  }

  /** Those below `nonce`: used up. */
  below(nonce: bigint): readonly PooledTransaction[] {
    return [...this.#byNonce.values()].filter(({ tx }) => tx.nonce < nonce);
  }

  /** Those behind a missing nonce, where the account is at `nonce`. */
  waiting(nonce: bigint): readonly PooledTransaction[] {
    const next = nonce + BigInt(this.ready(nonce).length);
    return [...this.#byNonce.values()].filter(({ tx }) => tx.nonce > next);
  }
}
