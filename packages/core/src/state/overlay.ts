import { equalBytes } from '../bytes/bytes.ts';
import { type Codec, serialize } from '../bytes/codec/codec.ts';
import { bytesToHex } from '../bytes/hex.ts';
import type { StateReader } from './state-view.ts';
import { parseStored } from './stored-record.ts';

interface Entry {
  readonly key: Uint8Array;
  /** undefined: absent. */
  readonly value: Uint8Array | undefined;
  /** The parsed value; records are never mutated, so handing one out twice is safe. */
  readonly record: unknown;
  /** The value below, which writes leave alone. */
  readonly base: Uint8Array | undefined;
  readonly dirty: boolean;
}

interface Change {
  readonly hexKey: string;
  readonly before: Entry | undefined;
}

/**
 * Writes over a state that stay in memory: what one block changes. A mark and `revert` undo the writes of one
 * operation. Values are serialized when they are written, so a value outside its type fails the operation that made it.
 */
export class Overlay implements StateReader {
  readonly #base: StateReader;
  readonly #entries = new Map<string, Entry>();
  #changes: Change[] = [];

  constructor(base: StateReader) {
    this.#base = base;
  }

  #load(hexKey: string, key: Uint8Array): Entry {
    const known = this.#entries.get(hexKey);
    if (known !== undefined) return known;
    const value = this.#base.get(key);
    const entry: Entry = { key, value, record: undefined, base: value, dirty: false };
    this.#entries.set(hexKey, entry);
    return entry;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#load(bytesToHex(key), key).value;
  }

  record<T>(key: Uint8Array, codec: Codec<T>): T | undefined {
    const hexKey = bytesToHex(key);
    const entry = this.#load(hexKey, key);
    if (entry.value === undefined) return undefined;
    if (entry.record !== undefined) return entry.record as T;
    const record = parseStored(codec, entry.value);
    this.#entries.set(hexKey, { ...entry, record });
    return record;
  }

  #put(key: Uint8Array, value: Uint8Array | undefined, record: unknown): void {
    const hexKey = bytesToHex(key);
    const before = this.#load(hexKey, key);
    this.#changes.push({ hexKey, before });
    this.#entries.set(hexKey, { key, value, record, base: before.base, dirty: true });
  }

  set(key: Uint8Array, value: Uint8Array): void {
    this.#put(key, value, undefined);
  }

  setRecord<T>(key: Uint8Array, codec: Codec<T>, record: T): void {
    this.#put(key, serialize(codec, record), record);
  }

  delete(key: Uint8Array): void {
    this.#put(key, undefined, undefined);
  }

  /** A point to which `revert` can return. */
  mark(): number {
    return this.#changes.length;
  }

  /** Undoes every write since `mark`. */
  revert(mark: number): void {
    for (let i = this.#changes.length - 1; i >= mark; i--) {
      const change = this.#changes[i];
      if (change?.before !== undefined) this.#entries.set(change.hexKey, change.before);
    }
    this.#changes = this.#changes.slice(0, mark);
  }

  /** What differs from the base, by hex key; undefined deletes. */
  writes(): Map<string, Uint8Array | undefined> {
    const writes = new Map<string, Uint8Array | undefined>();
    for (const [hexKey, { value, base: before, dirty }] of this.#entries) {
      if (!dirty) continue;
      const same =
        value === undefined ? before === undefined : before !== undefined && equalBytes(before, value);
      if (!same) writes.set(hexKey, value);
    }
    return writes;
  }
}
