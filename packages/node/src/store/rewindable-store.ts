import { bytesToHex } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import type { KeyRange, KeyValueStore, StoreEntry, StoreOperation } from './key-value-store.ts';

/** Marks that are kept; the oldest goes when there is one more. */
const MARKS_MAX = 256;
/** Bytes of former values that are kept in memory; past it the oldest marks go. */
const BYTES_MAX = 512 * 1_024 * 1_024;

interface Former {
  readonly key: Uint8Array;
  readonly value: Uint8Array | undefined;
}

interface Mark {
  readonly id: number;
  /** What the keys held at this mark that were written between it and the next one. */
  readonly former: Map<string, Former>;
  bytes: number;
}

/**
 * A store that can go back to a mark, for development chains: it remembers in memory what each key held that is written
 * since. Without marks it costs nothing. The marks are gone with the process; the store underneath is durable as ever.
 */
export class RewindableStore implements KeyValueStore {
  readonly kind: string;
  readonly durable: boolean;
  readonly #inner: KeyValueStore;
  readonly #marks: Mark[] = [];
  #next = 1;

  constructor(inner: KeyValueStore) {
    this.#inner = inner;
    this.kind = inner.kind;
    this.durable = inner.durable;
  }

  /** The marks to which {@link rewind} can go back, the oldest first. */
  get marks(): readonly number[] {
    return this.#marks.map(({ id }) => id);
  }

  /** Remembers the store as it is now. No batch may be under way. */
  mark(): number {
    const id = this.#next++;
    this.#marks.push({ id, former: new Map(), bytes: 0 });
    if (this.#marks.length > MARKS_MAX) this.#marks.shift();
    return id;
  }

  /** Goes back to a mark, in one synced batch; it and the later ones are gone. @throws AivmError `not_found` */
  async rewind(id: number): Promise<void> {
    const index = this.#marks.findIndex((mark) => mark.id === id);
    if (index < 0)
      throw new AivmError(
        'not_found',
        `snapshot ${id}: there ${this.#marks.length === 0 ? 'is none' : `are ${this.marks.join(', ')}`}; one is gone once the chain went back to it or behind it`,
      );
    const undone = new Map<string, Former>();
    // The oldest says what a key held at the mark.
    for (const { former } of this.#marks.slice(index).reverse())
      for (const [key, entry] of former) undone.set(key, entry);
    const operations = [...undone.values()].map(
      ({ key, value }): StoreOperation =>
        value === undefined ? { type: 'del', key } : { type: 'put', key, value },
    );
    await this.#inner.batch(operations, { sync: true });
    this.#marks.length = index;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#inner.get(key);
  }

  iterate(range: KeyRange): AsyncIterable<StoreEntry> {
    return this.#inner.iterate(range);
  }

  async batch(operations: readonly StoreOperation[], options: { readonly sync: boolean }): Promise<void> {
    const mark = this.#marks.at(-1);
    if (mark !== undefined) this.#remember(mark, operations);
    await this.#inner.batch(operations, options);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  #remember(mark: Mark, operations: readonly StoreOperation[]): void {
    for (const { key } of operations) {
      const name = bytesToHex(key);
      if (mark.former.has(name)) continue;
      const value = this.#inner.get(key);
      mark.former.set(name, { key, value });
      mark.bytes += 3 * key.length + (value?.length ?? 0);
    }
    let sum = this.#marks.reduce((total, { bytes }) => total + bytes, 0);
    while (sum > BYTES_MAX && this.#marks.length > 1) sum -= this.#marks.shift()?.bytes ?? 0;
  }
}
