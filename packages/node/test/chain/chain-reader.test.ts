import { receiptLeaf, TaskStatus, verifyReceiptProof } from '@aivm/core/state';
import { beforeAll, describe, expect, it } from 'vitest';
import { ChainReader } from '../../src/chain/chain-reader.ts';
import { openChain } from '../../src/chain/open-chain.ts';
import { TransactionCache } from '../../src/mempool/transaction-cache.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { acceptBlock, runTaskChain } from '../support/task-chain.ts';
import { people, submitTask, type TestAccount, testGenesis } from '../support/test-genesis.ts';

const crowd = people(3);
const [alice] = crowd as [TestAccount];
const { parse: parseTransaction } = new TransactionCache();

describe('chain reader', () => {
  let live: ChainReader;
  let fresh: ChainReader;
  let headHeight = 0;
  let headReceiptsRoot = new Uint8Array(0);

  beforeAll(async () => {
    const store = new MemoryStore();
    const genesis = testGenesis(crowd);
    const chain = await openChain({ store, genesis, location: 'memory', engine: { parseTransaction } });
    live = new ChainReader(chain);
    await runTaskChain(chain, crowd);
    const more = ['a', 'b', 'c', 'd'].map((id) => alice.sign(submitTask(id, { model: 'zen-mini-0.5b' })));
    await acceptBlock(chain, more);
    headHeight = chain.head.height;
    headReceiptsRoot = Uint8Array.from(chain.header.receiptsRoot);
    // What it finds comes from the store alone.
    const reopened = await openChain({ store, genesis, location: 'memory', engine: { parseTransaction } });
    fresh = new ChainReader(reopened);
  });

  const readers = (): ChainReader[] => [live, fresh];

  it('gives blocks by height and id, with what executing them gave', () => {
    for (let height = 0; height <= headHeight; height++) {
      const block = live.getBlock(height);
      if (block === undefined) throw new Error(`no block ${height}`);
      for (const reader of readers()) {
        expect(reader.getBlock(height)).toEqual(block);
        expect(reader.getBlock(block.block.id)).toEqual(block);
      }
    }
    for (const ref of [headHeight + 1, -1, 0.5, new Uint8Array(32)])
      expect(fresh.getBlock(ref)).toBeUndefined();
  });

  it('finds transactions with their outcomes', () => {
    const tx = fresh.getBlock(2)?.block.transactions[1];
    if (tx === undefined) throw new Error('no transaction');
    for (const reader of readers()) {
      expect(reader.getTransaction(tx.id)).toMatchObject({
        state: 'accepted',
        height: 2,
        index: 1,
        detail: '',
      });
      expect(reader.getTransactionBody(tx.id)?.bytes).toEqual(tx.bytes);
      expect(reader.getTransaction(new Uint8Array(32))).toBeUndefined();
      expect(reader.getTransactionBody(new Uint8Array(32))).toBeUndefined();
    }
  });

  it('lists tasks newest first by any of status, model and provider', () => {
    const { pending, assigned, completed } = TaskStatus;
    const cases: [Record<string, string | number>, string[]][] = [
      [{}, ['d', 'c', 'b', 'a', 'open', 'done']],
      [{ status: pending }, ['d', 'c', 'b', 'a']],
      [{ status: assigned }, ['open']],
      [{ status: completed }, ['done']],
      [{ model: 'wdbc-int8' }, ['done']],
      [{ provider: 'p-1' }, ['open', 'done']],
      [{ provider: 'p-1', status: completed, model: 'wdbc-int8' }, ['done']],
      [{ provider: 'p-1', status: pending }, []],
      [{ model: 'none' }, []],
      [{ status: 9 }, []],
    ];
    for (const [query, items] of cases) {
      for (const reader of readers()) {
        const list = reader.listTasks({ ...query, limit: 10 });
        expect([...list.items].sort(), JSON.stringify(query)).toEqual([...items].sort());
        expect(list.nextCursor).toBeUndefined();
      }
    }
    expect(fresh.listTasks({ limit: 10 }).items.slice(-2)).toEqual(['open', 'done']);
  });

  it('pages through tasks, each once', () => {
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = fresh.listTasks({ limit: 4, ...(cursor === undefined ? {} : { cursor }) });
      expect(page.items.length).toBeLessThanOrEqual(4);
      seen.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    expect(seen).toEqual(fresh.listTasks({ limit: 100 }).items);
    for (const bad of ['x', '-1', '1e3', '']) {
      expect(() => fresh.listTasks({ limit: 1, cursor: bad })).toThrow(
        expect.objectContaining({ code: 'malformed' }),
      );
    }
    expect(fresh.listTasks({ limit: 9, cursor: '999999999' }).items).toHaveLength(6);
  });

  it('proves receipts at every count', () => {
    const receipt = fresh.getReceipt(0);
    if (receipt === undefined) throw new Error('no receipt');
    expect(receipt).toMatchObject({ jobId: 'done', providers: ['p-1'] });
    const siblings = fresh.getReceiptProof(0, 1);
    const claim = { root: headReceiptsRoot, leaf: receiptLeaf(receipt), index: 0, count: 1, siblings };
    expect(verifyReceiptProof(claim)).toBe(true);
    expect(verifyReceiptProof({ ...claim, count: 2 })).toBe(false);
    expect(fresh.getReceipt(1)).toBeUndefined();
    for (const [index, count] of [
      [0, 2],
      [1, 1],
      [-1, 1],
    ] as const) {
      expect(() => fresh.getReceiptProof(index, count)).toThrow(
        expect.objectContaining({ code: 'out_of_range' }),
      );
    }
  });

  it('reads events from any place, in any portions, the same', () => {
    const start = { height: 0, index: -1 };
    const all = fresh.readEvents(start, 1_000);
    expect(all.length).toBeGreaterThan(8);
    expect(all.map(({ event }) => event.kind)).toContain('receipt');
    for (const portion of [1, 2, 3, 7]) {
      const read: unknown[] = [];
      let after = start;
      for (;;) {
        const events = live.readEvents(after, portion);
        if (events.length === 0) break;
        read.push(...events);
        after = events.at(-1) ?? after;
      }
      expect(read).toEqual(all);
    }
    expect(fresh.readEvents({ height: headHeight, index: 999 }, 10)).toEqual([]);
    expect(fresh.readEvents({ height: headHeight + 5, index: 0 }, 10)).toEqual([]);
  });
});
