import { bytesToHex, equalBytes, parse } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import { COLUMNS, type Column, columnOf, NODE_LOCAL, storeKeys, WRITE_ONCE } from '../store/columns.ts';
import type { KeyRange, KeyValueStore, StoreEntry, StoreOperation } from '../store/key-value-store.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { heightEntryCodec } from '../store/records.ts';

/**
 * Where a replay writes while a database is verified: entries that are written once are compared with the database at
 * once and only counted, the others are kept to be compared when the replay is done.
 */
export class ReplayStore implements KeyValueStore {
  readonly kind = 'replay';
  readonly durable = false;
  readonly #mutable = new MemoryStore();
  readonly #target: KeyValueStore;
  readonly #location: string;
  readonly #counts = new Map<Column, number>();
  #difference: AivmError | undefined;

  constructor(target: KeyValueStore, location: string) {
    this.#target = target;
    this.#location = location;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    // What is written once was compared with the database when the replay wrote it.
    return isWriteOnce(key) ? this.#target.get(key) : this.#mutable.get(key);
  }

  iterate(range: KeyRange): AsyncIterable<StoreEntry> {
    return this.#mutable.iterate(range);
  }

  async batch(operations: readonly StoreOperation[]): Promise<void> {
    const kept: StoreOperation[] = [];
    for (const operation of operations) {
      const column = columnOf(operation.key);
      if (column === undefined || !WRITE_ONCE.has(column)) kept.push(operation);
      else if (operation.type === 'put') this.#compare(column, operation.key, operation.value);
    }
    await this.#mutable.batch(kept);
  }

  close(): Promise<void> {
    return this.#mutable.close();
  }

  /** The bytes of the database's block at `height`. */
  readBlock(height: number): Uint8Array {
    const entry = this.#target.get(storeKeys.height(height));
    if (entry === undefined) throw this.#corrupt(`no block at height ${height}`);
    const bytes = this.#target.get(storeKeys.block(parse(heightEntryCodec, entry).id));
    if (bytes === undefined) throw this.#corrupt(`the block at height ${height} is missing`);
    return bytes;
  }

  /** @throws AivmError `data_dir_corrupt` with the first entry in which the database differs so far. */
  assertSame(): void {
    if (this.#difference !== undefined) throw this.#difference;
  }

  /**
   * Compares everything in the database with the replay: nothing different, missing or too much. What does not follow
   * from blocks is only counted.
   */
  async compareAll(): Promise<Readonly<Record<Column, number>>> {
    const found = new Map<Column, number>();
    for await (const [key, value] of this.#target.iterate({ from: new Uint8Array(0) })) {
      const column = columnOf(key);
      if (column === undefined) throw this.#corrupt(`${bytesToHex(key)} is in no column`);
      found.set(column, (found.get(column) ?? 0) + 1);
      if (WRITE_ONCE.has(column) || NODE_LOCAL.has(column)) continue;
      const expected = this.#mutable.get(key);
      if (expected === undefined) throw this.#differs(column, key, 'is too much');
      if (!equalBytes(expected, value)) throw this.#differs(column, key, 'has another value');
    }
    for await (const [key] of this.#mutable.iterate({ from: new Uint8Array(0) })) {
      const column = columnOf(key);
      if (column !== undefined) this.#counts.set(column, (this.#counts.get(column) ?? 0) + 1);
    }
    const counts = Object.keys(COLUMNS).map((name) => {
      const column = name as Column;
      const [expected = 0, count = 0] = [this.#counts.get(column), found.get(column)];
      if (!NODE_LOCAL.has(column) && expected !== count)
        throw this.#corrupt(`${column}: ${count} entries, expected ${expected}`);
      return [column, count] as const;
    });
    return Object.fromEntries(counts) as Record<Column, number>;
  }

  #compare(column: Column, key: Uint8Array, value: Uint8Array): void {
    this.#counts.set(column, (this.#counts.get(column) ?? 0) + 1);
    const stored = this.#target.get(key);
    if (stored === undefined) this.#difference ??= this.#differs(column, key, 'is missing');
    else if (!equalBytes(stored, value)) this.#difference ??= this.#differs(column, key, 'has another value');
  }

  #differs(column: Column, key: Uint8Array, how: string): AivmError {
    return this.#corrupt(`${column}: the entry ${bytesToHex(key.subarray(1))} ${how}`);
  }

  #corrupt(what: string): AivmError {
    return new AivmError('data_dir_corrupt', `${this.#location}: ${what}`);
  }
}

function isWriteOnce(key: Uint8Array): boolean {
  const column = columnOf(key);
  return column !== undefined && WRITE_ONCE.has(column);
}
