import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type KeyRange,
  type KeyValueStore,
  prefixRange,
  type StoreOperation,
} from '../../src/store/key-value-store.ts';

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const put = (key: Uint8Array, value: Uint8Array): StoreOperation => ({ type: 'put', key, value });
const del = (key: Uint8Array): StoreOperation => ({ type: 'del', key });

async function entriesOf(store: KeyValueStore, range: KeyRange): Promise<number[][][]> {
  const entries: number[][][] = [];
  for await (const [key, value] of store.iterate(range)) entries.push([[...key], [...value]]);
  return entries;
}

/** What every KeyValueStore must do. `open` gives an empty store of its own. */
export function describeStoreCompliance(name: string, open: () => Promise<KeyValueStore>): void {
  describe(`${name} as a KeyValueStore`, () => {
    let store: KeyValueStore;
    const write = (...operations: StoreOperation[]): Promise<void> => store.batch(operations, { sync: true });
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());

    it('answers undefined for what was never written, and plain bytes for what was', async () => {
      expect(store.get(bytes(1))).toBeUndefined();
      await write(put(bytes(1), bytes(2, 3)), put(bytes(2), bytes()));
      const value = store.get(bytes(1));
      expect(value?.constructor).toBe(Uint8Array);
      expect(value).toEqual(bytes(2, 3));
      expect(store.get(bytes(2))).toEqual(bytes());
      expect(store.get(bytes(1, 0))).toBeUndefined();
    });

    it('overwrites and deletes; of two operations on one key the later counts', async () => {
      await write(put(bytes(1), bytes(1)), put(bytes(2), bytes(1)));
      await write(put(bytes(1), bytes(2)), del(bytes(2)), del(bytes(9)));
      expect([store.get(bytes(1)), store.get(bytes(2))]).toEqual([bytes(2), undefined]);
      await write(put(bytes(3), bytes(1)), del(bytes(3)), del(bytes(1)), put(bytes(1), bytes(7)));
      expect([store.get(bytes(1)), store.get(bytes(3))]).toEqual([bytes(7), undefined]);
    });

    it('iterates in unsigned byte order, from included to before excluded', async () => {
      const keys = [bytes(0xff), bytes(1, 0), bytes(1), bytes(0x80), bytes(1, 0xff, 0xff), bytes(2)];
      await write(...keys.map((key) => put(key, key)));
      const order = [[1], [1, 0], [1, 255, 255], [2], [128], [255]];
      expect(await entriesOf(store, { from: bytes() })).toEqual(order.map((key) => [key, key]));
      expect(await entriesOf(store, { from: bytes(1, 0), before: bytes(2) })).toEqual(
        order.slice(1, 3).map((key) => [key, key]),
      );
      expect(await entriesOf(store, { from: bytes(2), before: bytes(2) })).toEqual([]);
    });

    it('iterates a prefix, also one that ends in 0xff', async () => {
      const keys = [bytes(1), bytes(1, 255), bytes(1, 255, 255), bytes(2), bytes(255), bytes(255, 255, 1)];
      await write(...keys.map((key) => put(key, bytes())));
      const keysUnder = async (prefix: Uint8Array): Promise<unknown> =>
        (await entriesOf(store, prefixRange(prefix))).map(([key]) => key);
      expect(await keysUnder(bytes(1))).toEqual([[1], [1, 255], [1, 255, 255]]);
      expect(await keysUnder(bytes(1, 255))).toEqual([
        [1, 255],
        [1, 255, 255],
      ]);
      expect(await keysUnder(bytes(255))).toEqual([[255], [255, 255, 1]]);
      expect(await keysUnder(bytes(255, 255))).toEqual([[255, 255, 1]]);
    });

    it('iterates what was there at the first entry', async () => {
      await write(put(bytes(1), bytes(1)), put(bytes(2), bytes(1)), put(bytes(3), bytes(1)));
      const seen: number[][] = [];
      for await (const [key, value] of store.iterate({ from: bytes() })) {
        if (seen.length === 0) await write(del(bytes(2)), put(bytes(3), bytes(9)), put(bytes(4), bytes(1)));
        seen.push([...key, ...value]);
      }
      expect(seen).toEqual([
        [1, 1],
        [2, 1],
        [3, 1],
      ]);
    });

    it('shows a batch entirely or not at all while it is being written', async () => {
      const keys = Array.from({ length: 2_000 }, (_, i) => bytes(i & 255, i >> 8));
      let isWritten = false;
      const writing = write(...keys.map((key) => put(key, bytes(1)))).then(() => {
        isWritten = true;
      });
      while (!isWritten) {
        const counts = new Set(keys.slice(0, 2).map((key) => store.get(key) !== undefined));
        const last = store.get(keys.at(-1) ?? bytes()) !== undefined;
        // The first keys are read before the last: had the batch appeared in between, only the last would show.
        expect(counts.has(true) && !last).toBe(false);
        await new Promise((resolve) => setImmediate(resolve));
      }
      await writing;
      expect(keys.every((key) => store.get(key)?.[0] === 1)).toBe(true);
    });

    it('refuses to work once closed; closing twice is fine', async () => {
      await store.close();
      await store.close();
      expect(() => store.get(bytes(1))).toThrow();
      await expect(write(put(bytes(1), bytes(1)))).rejects.toThrow();
      await expect(entriesOf(store, { from: bytes() })).rejects.toThrow();
    });
  });
}
