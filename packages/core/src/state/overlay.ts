import { equalBytes } from '../bytes/bytes.ts';
import { type Codec, serialize } from '../bytes/codec/codec.ts';
import { bytesToHex } from '../bytes/hex.ts';
import type { StateReader } from './state-view.ts';
import { parseStored } from './stored-record.ts';

interface Entry {
  readonly key: Uint8Array;
  /** undefined: absent, or not serialized yet. */
  readonly value: Uint8Array | undefined;
  /** What serializes `record`, while nobody has asked for its bytes. */
  readonly pending: Codec<unknown> | undefined;
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
 * operation. A record is serialized when its bytes are asked for, or at {@link serializeRecords}: a large one that is
 * written many times in a row is so once. Whoever may fail by a value outside its type calls that before it is done.
 */
export class Overlay implements StateReader {
  readonly #base: StateReader;
  readonly #entries = new Map<string, Entry>();
  #changes: Change[] = [];
  /** Changes up to here are serialized. */
  #serialized = 0;

  constructor(base: StateReader) {
    this.#base = base;
  }

  #load(hexKey: string, key: Uint8Array): Entry {
    const known = this.#entries.get(hexKey);
    if (known !== undefined) return known;
    const value = this.#base.get(key);
    const entry: Entry = { key, value, pending: undefined, record: undefined, base: value, dirty: false };
    this.#entries.set(hexKey, entry);
    return entry;
  }

  /** The entry with its bytes. @throws AivmError `out_of_range`, `too_large` for a record outside its type. */
  #serialize(hexKey: string, entry: Entry): Entry {
    if (entry.pending === undefined) return entry;
    const done = { ...entry, value: serialize(entry.pending, entry.record), pending: undefined };
    this.#entries.set(hexKey, done);
    return done;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const hexKey = bytesToHex(key);
    return this.#serialize(hexKey, this.#load(hexKey, key)).value;
  }

  record<T>(key: Uint8Array, codec: Codec<T>): T | undefined {
    const hexKey = bytesToHex(key);
    const entry = this.#load(hexKey, key);
    if (entry.record !== undefined) return entry.record as T;
    if (entry.value === undefined) return undefined;
    const record = parseStored(codec, entry.value);
    this.#entries.set(hexKey, { ...entry, record });
    return record;
  }

  #put(key: Uint8Array, written: Pick<Entry, 'value' | 'pending' | 'record'>): void {
    const hexKey = bytesToHex(key);
    const before = this.#load(hexKey, key);
    this.#changes.push({ hexKey, before });
    this.#entries.set(hexKey, { ...written, key, base: before.base, dirty: true });
  }

  set(key: Uint8Array, value: Uint8Array): void {
    this.#put(key, { value, pending: undefined, record: undefined });
  }

  setRecord<T>(key: Uint8Array, codec: Codec<T>, record: T): void {
    this.#put(key, { value: undefined, pending: codec as Codec<unknown>, record });
  }

  delete(key: Uint8Array): void {
    this.#put(key, { value: undefined, pending: undefined, record: undefined });
  }

  /** Serializes what was written and is not yet. @throws AivmError `out_of_range`, `too_large` for a record outside its type. */
  serializeRecords(): void {
    for (let i = this.#serialized; i < this.#changes.length; i++) {
      const hexKey = this.#changes[i]?.hexKey ?? '';
      const entry = this.#entries.get(hexKey);
      if (entry !== undefined) this.#serialize(hexKey, entry);
    }
    this.#serialized = this.#changes.length;
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
    this.#serialized = Math.min(this.#serialized, mark);
  }

  /** What differs from the base, by hex key; undefined deletes. */
  writes(): Map<string, Uint8Array | undefined> {
    const writes = new Map<string, Uint8Array | undefined>();
    for (const [hexKey, entry] of this.#entries) {
      if (!entry.dirty) continue;
      // What a revert brought back may not be serialized, so all are asked.
      const { value, base: before } = this.#serialize(hexKey, entry);
      const same =
        value === undefined ? before === undefined : before !== undefined && equalBytes(before, value);
      if (!same) writes.set(hexKey, value);
    }
    return writes;
  }
}
