import { bytesToHex, compareBytes } from '@aivm/core/bytes';
import type { KeyRange, KeyValueStore, StoreEntry, StoreOperation } from './key-value-store.ts';

/** A store that ends with its process: for tests, replays and embedded use. About 200 bytes more than each entry. */
export class MemoryStore implements KeyValueStore {
  readonly kind = 'memory';
  readonly durable = false;
  readonly #entries = new Map<string, StoreEntry>();
  #isClosed = false;

  get(key: Uint8Array): Uint8Array | undefined {
    this.#assertOpen();
    return this.#entries.get(bytesToHex(key))?.[1];
  }

  async *iterate({ from, before }: KeyRange): AsyncIterable<StoreEntry> {
    this.#assertOpen();
    const inRange: StoreEntry[] = [];
    for (const entry of this.#entries.values()) {
      if (compareBytes(entry[0], from) < 0) continue;
      if (before === undefined || compareBytes(entry[0], before) < 0) inRange.push(entry);
    }
    inRange.sort(([left], [right]) => compareBytes(left, right));
    yield* inRange;
  }

  async batch(operations: readonly StoreOperation[]): Promise<void> {
    this.#assertOpen();
    for (const operation of operations) {
      if (operation.type === 'put')
        this.#entries.set(bytesToHex(operation.key), [operation.key, operation.value]);
      else this.#entries.delete(bytesToHex(operation.key));
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#entries.clear();
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new Error('memory store: closed');
  }
}
