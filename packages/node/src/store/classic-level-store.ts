import { AivmError } from '@aivm/core';
import type { ClassicLevel } from 'classic-level';
import type { KeyRange, KeyValueStore, StoreEntry, StoreOperation } from './key-value-store.ts';

type Database = ClassicLevel<Uint8Array, Uint8Array>;

/** LevelDB's own cache of uncompressed table blocks; state and tree pages have caches of their own above it. */
const TABLE_CACHE_BYTES = 32 * 1024 * 1024;
/**
 * Some 60 blocks of a long chain: what each of them writes again, the upper pages of the state tree first of all, then
 * reaches the disk once, and merging takes half of the time that it takes with 16 MiB.
 */
const WRITE_BUFFER_BYTES = 64 * 1024 * 1024;

/** LevelDB in a directory of its own. One process at a time. */
export class ClassicLevelStore implements KeyValueStore {
  readonly kind = 'classic-level';
  readonly durable = true;
  readonly #database: Database;

  private constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Opens or creates the database in `directory`.
   * @throws AivmError `data_dir_locked`, `data_dir_corrupt`, or `store_unavailable` where the directory cannot be used
   * or this platform has no binary of the engine (nothing takes its place: a store that is not durable must be asked
   * for).
   */
  static async open(directory: string): Promise<ClassicLevelStore> {
    const Engine = await loadEngine();
    const database = new Engine<Uint8Array, Uint8Array>(directory, {
      keyEncoding: 'view',
      valueEncoding: 'view',
      cacheSize: TABLE_CACHE_BYTES,
      writeBufferSize: WRITE_BUFFER_BYTES,
    });
    try {
      await database.open();
    } catch (error) {
      throw openError(directory, error);
    }
    return new ClassicLevelStore(database);
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const value = this.#database.getSync(key);
    return value === undefined ? undefined : plainBytes(value);
  }

  iterate({ from, before }: KeyRange): AsyncIterable<StoreEntry> {
    const database = this.#database;
    return (async function* () {
      const iterator = database.iterator(before === undefined ? { gte: from } : { gte: from, lt: before });
      for await (const [key, value] of iterator) yield [plainBytes(key), plainBytes(value)] as const;
    })();
  }

  async batch(operations: readonly StoreOperation[], { sync }: { readonly sync: boolean }): Promise<void> {
    // One operation at a time: an array of them is copied one by one, at six times the cost. Written whole all the same.
    const batch = this.#database.batch();
    try {
      for (const operation of operations) {
        if (operation.type === 'put') batch.put(operation.key, operation.value);
        else batch.del(operation.key);
      }
    } catch (error) {
      await batch.close();
      throw error;
    }
    await batch.write({ sync });
  }

  close(): Promise<void> {
    return this.#database.close();
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

function openError(directory: string, error: unknown): unknown {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  const reason = cause instanceof Error ? cause.message : String(error);
  if (code === 'LEVEL_LOCKED') {
    return new AivmError('data_dir_locked', `${directory}: another process has it open`, { cause: error });
  }
  if (code === 'LEVEL_CORRUPTION') {
    return new AivmError('data_dir_corrupt', `${directory}: ${reason}`, { cause: error });
  }
  return new AivmError('store_unavailable', `${directory}: ${reason}`, { cause: error });
}
