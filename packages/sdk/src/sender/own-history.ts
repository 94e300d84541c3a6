/** Entries that are remembered; past it the memory starts again. */
const ENTRIES_MAX = 8_192;

/** Which transactions of an account blocks carry, as far as a sender has seen it. Accepted blocks do not change. */
export class OwnHistory {
  readonly #idByNonce = new Map<bigint, Uint8Array>();
  readonly #heightsRead = new Set<number>();

  /** A block carries the transaction `id` at `nonce`. */
  note(nonce: bigint, id: Uint8Array): void {
    if (this.#idByNonce.size >= ENTRIES_MAX) this.#idByNonce.clear();
    this.#idByNonce.set(nonce, id);
  }

  get(nonce: bigint): Uint8Array | undefined {
    return this.#idByNonce.get(nonce);
  }

  /** Everything of the account in the block at `height` was noted. */
  noteRead(height: number): void {
    if (this.#heightsRead.size >= ENTRIES_MAX) this.#heightsRead.clear();
    this.#heightsRead.add(height);
  }

  isRead(height: number): boolean {
    return this.#heightsRead.has(height);
  }
}
