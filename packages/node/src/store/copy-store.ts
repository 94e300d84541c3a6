import { ClassicLevelStore } from './classic-level-store.ts';
import type { KeyValueStore, StoreOperation } from './key-value-store.ts';

/** Written at once: few enough to be held beside a busy node. */
const BATCH_BYTES = 1_024 * 1_024;

/** What a copy holds. */
export interface StoreCopy {
  readonly entries: number;
  /** Of keys and values. */
  readonly bytes: number;
}

/**
 * Writes everything that a store holds at the moment of the call into a new database in `directory`, while the store is used.
 * Every value is compared with its checksum on the way.
 * @throws AivmError `data_dir_corrupt` for a damaged value, `store_unavailable` where nothing can be written; the signal's
 * reason
 */
export async function copyStore(
  source: KeyValueStore,
  directory: string,
  signal?: AbortSignal,
): Promise<StoreCopy> {
  const target = await ClassicLevelStore.open(directory);
  let entries = 0;
  let bytes = 0;
  let pending: StoreOperation[] = [];
  let pendingBytes = 0;
  const flush = async (sync: boolean): Promise<void> => {
    await target.batch(pending, { sync });
    pending = [];
    pendingBytes = 0;
  };
  try {
    for await (const [key, value] of source.iterate({ from: new Uint8Array(0) })) {
      pending.push({ type: 'put', key, value });
      pendingBytes += key.length + value.length;
      bytes += key.length + value.length;
      entries++;
      if (pendingBytes < BATCH_BYTES) continue;
      signal?.throwIfAborted();
      await flush(false);
    }
    await flush(true);
    return { entries, bytes };
  } finally {
    await target.close();
  }
}
