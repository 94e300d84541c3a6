import { equalBytes } from '@aivm/core/bytes';
import { storeKeys } from '../store/columns.ts';
import type { KeyValueStore, StoreOperation } from '../store/key-value-store.ts';

/** Entries that are removed with one batch. */
const AT_ONCE = 10_000;

/** Removes everything from a store but the mark that it is unfinished. */
export async function wipeMarked(store: KeyValueStore): Promise<void> {
  let operations: StoreOperation[] = [];
  for await (const [key] of store.iterate({ from: new Uint8Array(0) })) {
    if (equalBytes(key, storeKeys.restoring)) continue;
    operations.push({ type: 'del', key });
    if (operations.length < AT_ONCE) continue;
    await store.batch(operations, { sync: false });
    operations = [];
  }
  await store.batch(operations, { sync: true });
}

/** Removes everything from a store that is marked as unfinished, the mark last. */
export async function wipeUnfinished(store: KeyValueStore): Promise<void> {
  await wipeMarked(store);
  await store.batch([{ type: 'del', key: storeKeys.restoring }], { sync: true });
}
