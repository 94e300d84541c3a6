import type { KeyRange, KeyValueStore, StoreEntry, StoreOperation } from '../../src/store/key-value-store.ts';

/** How the next batch goes wrong: before anything is written, or after all of it is. */
export type Fault = 'before' | 'after';

/** A store whose batches fail on demand, as they do when a process or a disk dies. */
export class FaultyStore implements KeyValueStore {
  readonly kind = 'faulty';
  readonly durable = false;
  readonly inner: KeyValueStore;
  nextFault: Fault | undefined;
  /** Runs while a batch is under way: after it was written, before the writer knows. */
  onWritten: (() => void) | undefined;

  constructor(inner: KeyValueStore) {
    this.inner = inner;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.inner.get(key);
  }

  iterate(range: KeyRange): AsyncIterable<StoreEntry> {
    return this.inner.iterate(range);
  }

  async batch(operations: readonly StoreOperation[], options: { readonly sync: boolean }): Promise<void> {
    const fault = this.nextFault;
    this.nextFault = undefined;
    if (fault === 'before') throw new Error('disk full');
    await this.inner.batch(operations, options);
    this.onWritten?.();
    if (fault === 'after') throw new Error('power failure');
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}

/** Every entry of a store as hex text, so that two stores compare. */
export async function dumpStore(store: KeyValueStore): Promise<Map<string, string>> {
  const entries = new Map<string, string>();
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  for await (const [key, value] of store.iterate({ from: new Uint8Array(0) })) {
    entries.set(hex(key), hex(value));
  }
  return entries;
}
