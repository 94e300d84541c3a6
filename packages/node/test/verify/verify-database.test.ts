import { bytesToHex } from '@aivm/core/bytes';
import { describe, expect, it } from 'vitest';
import { openChain } from '../../src/chain/open-chain.ts';
import { TransactionCache } from '../../src/mempool/transaction-cache.ts';
import { COLUMNS, type Column, columnPrefix, NODE_LOCAL } from '../../src/store/columns.ts';
import { prefixRange, type StoreEntry } from '../../src/store/key-value-store.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { verifyDatabase } from '../../src/verify/verify-database.ts';
import { runTaskChain } from '../support/task-chain.ts';
import { people, testGenesis } from '../support/test-genesis.ts';

const crowd = people(3);
const genesis = testGenesis(crowd);
const location = 'memory';

// Signatures are recovered once, whatever is done to copies of the chain.
const { parse: parseTransaction } = new TransactionCache();
const common = { genesis, location, parseTransaction };

/** Columns that only games about networks fill; this chain has none. */
const WITHOUT_GAMES: readonly Column[] = ['disputeByGame'];

let finished: StoreEntry[] | undefined;

/** A copy of one chain with a finished task. */
async function finishedChain(): Promise<MemoryStore> {
  if (finished === undefined) {
    const original = new MemoryStore();
    await runTaskChain(await openChain({ store: original, ...common }), crowd);
    finished = [];
    for await (const entry of original.iterate({ from: new Uint8Array(0) })) finished.push(entry);
  }
  const copy = new MemoryStore();
  await copy.batch(finished.map(([key, value]) => ({ type: 'put', key, value })));
  return copy;
}

describe('verifyDatabase', () => {
  it('replays every block and compares every entry', async () => {
    const store = await finishedChain();
    const heights: number[] = [];
    const report = await verifyDatabase({
      store,
      ...common,
      supplyEveryBlocks: 3,
      onProgress: ({ height }) => heights.push(height),
    });
    expect(report).toMatchObject({ receipts: 1, tasks: 2, supply: { balanced: true } });
    expect(heights).toEqual(Array.from({ length: report.height }, (_, i) => i + 1));
    // A chain with a finished, challenged task has something in every column that blocks fill.
    const empty = Object.entries(report.entries).filter(([, count]) => count === 0);
    expect(empty.map(([column]) => column)).toEqual(['anchorCursor', 'signing', ...WITHOUT_GAMES]);
  });

  it.each(
    (Object.keys(COLUMNS) as Column[]).filter(
      (column) => !NODE_LOCAL.has(column) && !WITHOUT_GAMES.includes(column),
    ),
  )('finds a flipped bit, a missing and a surplus entry in %s', async (column) => {
    for (const harm of ['flip', 'delete', 'add'] as const) {
      const store = await finishedChain();
      const entries: [Uint8Array, Uint8Array][] = [];
      for await (const entry of store.iterate(prefixRange(columnPrefix(column)))) entries.push([...entry]);
      const [key, value] = entries.at(-1) as [Uint8Array, Uint8Array];
      const changed = value.slice();
      changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 0x10;
      const extra = key.slice();
      extra[extra.length - 1] = (extra.at(-1) ?? 0) ^ 0x80;
      await store.batch([
        harm === 'flip'
          ? { type: 'put', key, value: changed }
          : harm === 'delete'
            ? { type: 'del', key }
            : { type: 'put', key: extra, value },
      ]);
      await expect(verifyDatabase({ store, ...common }), `${harm} ${bytesToHex(key)}`).rejects.toMatchObject({
        code: expect.stringMatching(/^data_dir_(corrupt|foreign)$/),
      });
    }
  });

  it('refuses an empty store without filling it, and stops when told to', async () => {
    const store = new MemoryStore();
    await expect(verifyDatabase({ store, ...common })).rejects.toMatchObject({
      code: 'data_dir_corrupt',
    });
    await openChain({ store, ...common });
    const other = testGenesis(crowd, { chainId: 9 });
    await expect(verifyDatabase({ store, ...common, genesis: other })).rejects.toMatchObject({
      code: 'data_dir_foreign',
    });

    await expect(
      verifyDatabase({
        store: await finishedChain(),
        ...common,
        signal: AbortSignal.abort(new Error('stop')),
      }),
    ).rejects.toThrow('stop');
  });
});
