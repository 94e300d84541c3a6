import { bytesToHex } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import type { ClassicLevel } from 'classic-level';
import { withChecksum, withoutChecksum } from './checksum.ts';
import type { KeyRange, KeyValueStore, StoreEntry, StoreOperation } from './key-value-store.ts';
import { checkLevelDirectory } from './leveldb/check-directory.ts';
import { FileDamage } from './leveldb/damage.ts';
import { makeDirectory } from './make-directory.ts';
import { storeError } from './store-error.ts';
import { claimDirectory } from './store-marker.ts';

type Database = ClassicLevel<Uint8Array, Uint8Array>;

/** LevelDB's own cache of uncompressed table blocks; state and tree pages have caches of their own above it. */
const TABLE_CACHE_BYTES = 32 * 1024 * 1024;
/**
 * Some 60 blocks of a long chain: what each of them writes again, the upper pages of the state tree first of all, then
 * reaches the disk once, and merging takes half of the time that it takes with 16 MiB.
 */
const WRITE_BUFFER_BYTES = 64 * 1024 * 1024;

/**
 * LevelDB in a directory of its own. One process at a time. Nothing that the disk changed is handed out: opening reads
 * every file against its checksums, and every value carries one of its own, which every read compares.
 */
export class ClassicLevelStore implements KeyValueStore {
  readonly kind = 'classic-level';
  readonly durable = true;
  readonly #database: Database;
  readonly #directory: string;

  private constructor(database: Database, directory: string) {
    this.#database = database;
    this.#directory = directory;
  }

  /**
   * Opens or creates the database in `directory`. Reads all of it: about 2 s for a gigabyte.
   * @throws AivmError `data_dir_locked`, `data_dir_foreign`, `data_dir_corrupt` that names the file and what is wrong in
   * it, or `store_unavailable` if the directory cannot be used or this platform has no binary of the engine (nothing
   * takes its place: a store that is not durable must be asked for).
   */
  static async open(directory: string): Promise<ClassicLevelStore> {
    const Engine = await loadEngine();
    await checkBefore(directory, Engine);
    const database = new Engine<Uint8Array, Uint8Array>(directory, {
      keyEncoding: 'view',
      valueEncoding: 'view',
      cacheSize: TABLE_CACHE_BYTES,
      writeBufferSize: WRITE_BUFFER_BYTES,
    });
    try {
      await database.open();
    } catch (error) {
      throw storeError(directory, error);
    }
    return new ClassicLevelStore(database, directory);
  }

  /** @throws AivmError `data_dir_corrupt` if the value does not match its checksum. */
  get(key: Uint8Array): Uint8Array | undefined {
    const stored = this.#try(() => this.#database.getSync(key));
    return stored === undefined ? undefined : this.#check(key, stored);
  }

  iterate({ from, before }: KeyRange): AsyncIterable<StoreEntry> {
    const range = before === undefined ? { gte: from } : { gte: from, lt: before };
    const iterator = this.#try(() => this.#database.iterator(range));
    const check = (entry: StoreEntry): StoreEntry => [plainBytes(entry[0]), this.#check(entry[0], entry[1])];
    const directory = this.#directory;
    return (async function* () {
      try {
        for await (const entry of iterator) yield check(entry);
      } catch (error) {
        throw storeError(directory, error);
      }
    })();
  }

  async batch(operations: readonly StoreOperation[], { sync }: { readonly sync: boolean }): Promise<void> {
    // One operation at a time: an array of them is copied one by one, at six times the cost. Written whole all the same.
    const batch = this.#database.batch();
    try {
      for (const operation of operations) {
        if (operation.type === 'put') batch.put(operation.key, withChecksum(operation.key, operation.value));
        else batch.del(operation.key);
      }
    } catch (error) {
      await batch.close();
      throw error;
    }
    try {
      await batch.write({ sync });
    } catch (error) {
      throw storeError(this.#directory, error);
    }
  }

  close(): Promise<void> {
    return this.#database.close();
  }

  #check(key: Uint8Array, stored: Uint8Array): Uint8Array {
    const value = withoutChecksum(key, plainBytes(stored));
    if (value !== undefined) return value;
    throw new AivmError(
      'data_dir_corrupt',
      `${this.#directory}: the value under ${bytesToHex(key)} does not match its checksum`,
    );
  }

  #try<T>(run: () => T): T {
    try {
      return run();
    } catch (error) {
      throw storeError(this.#directory, error);
    }
  }
}

/**
 * Whether no process has the database open. The engine takes its lock before it sees that a database is there, which
 * this open refuses, so nothing is replayed and nothing written.
 * @throws AivmError `data_dir_locked`.
 */
async function assertUnlocked(directory: string, Engine: typeof ClassicLevel): Promise<void> {
  try {
    await new Engine(directory, { errorIfExists: true }).open();
  } catch (error) {
    const refusal = storeError(directory, error);
    if (refusal.code === 'data_dir_locked') throw refusal;
  }
}

/** What must hold of the directory before the engine touches it. */
async function checkBefore(directory: string, Engine: typeof ClassicLevel): Promise<void> {
  try {
    await makeDirectory(directory);
    const { isNew } = await claimDirectory(directory);
    if (isNew) return;
    await assertUnlocked(directory, Engine);
    await checkLevelDirectory(directory);
  } catch (cause) {
    if (cause instanceof FileDamage) {
      // Files that another process began to write meanwhile look damaged.
      await assertUnlocked(directory, Engine);
      throw new AivmError('data_dir_corrupt', `${directory}: ${cause.message}`, { cause });
    }
    throw storeError(directory, cause);
  }
}

async function loadEngine(): Promise<typeof ClassicLevel> {
  try {
    return (await import('classic-level')).ClassicLevel;
  } catch (cause) {
    const platform = `${process.platform}-${process.arch}`;
    throw new AivmError('store_unavailable', `classic-level does not load on ${platform}`, { cause });
  }
}

/** The engine hands out Buffers, whose slice() is a view where that of Uint8Array is a copy. */
const plainBytes = (bytes: Uint8Array): Uint8Array =>
  new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
