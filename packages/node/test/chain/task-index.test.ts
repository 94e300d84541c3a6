import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findTasks, indexTasks, type TaskChange } from '../../src/chain/task-index.ts';
import type { StoreOperation } from '../../src/store/key-value-store.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';

/** Applies one block's changes as a commit does. */
async function write(store: MemoryStore, count: number, changes: readonly TaskChange[]): Promise<number> {
  const operations: StoreOperation[] = [];
  const after = indexTasks(store, count, changes, (key, value) => {
    operations.push(value === undefined ? { type: 'del', key } : { type: 'put', key, value });
  });
  await store.batch(operations);
  return after;
}

const change = fc.record({
  id: fc.integer({ min: 0, max: 30 }).map((n) => `t${n}`),
  status: fc.integer({ min: 0, max: 4 }),
  providers: fc.subarray(['p', 'q']),
});

describe('task index', () => {
  it('finds what a plain list finds, whatever blocks did', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uniqueArray(change, { selector: ({ id }) => id }), { maxLength: 8 }),
        async (blocks) => {
          const store = new MemoryStore();
          const tasks = new Map<string, { status: number; model: string; providers: Set<string> }>();
          let count = 0;
          for (const block of blocks) {
            const changes = block.map((one) => ({ ...one, model: `m${one.id.length}` }));
            count = await write(store, count, changes);
            for (const { id, status, model, providers } of changes) {
              const known = tasks.get(id) ?? { status, model, providers: new Set<string>() };
              for (const provider of providers) known.providers.add(provider);
              tasks.set(id, { ...known, status });
            }
          }
          expect(count).toBe(tasks.size);
          const newestFirst = [...tasks].reverse();
          for (const status of [undefined, 0, 3]) {
            for (const provider of [undefined, 'p']) {
              for (const model of [undefined, 'm2']) {
                const query = {
                  ...(status === undefined ? {} : { status }),
                  ...(provider === undefined ? {} : { provider }),
                  ...(model === undefined ? {} : { model }),
                };
                const expected = newestFirst
                  .filter(([, task]) => status === undefined || task.status === status)
                  .filter(([, task]) => provider === undefined || task.providers.has(provider))
                  .filter(([, task]) => model === undefined || task.model === model)
                  .map(([id]) => id);
                expect(findTasks(store, query, { before: count, limit: 100 }).ids).toEqual(expected);
              }
            }
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('goes over the edges of chunks, and skips empty ones', async () => {
    const store = new MemoryStore();
    const total = 20_000;
    const marked = new Set([0, 8_191, 8_192, 16_383, 19_999]);
    const changes = Array.from({ length: total }, (_, n) => ({
      id: `t${n}`,
      status: marked.has(n) ? 1 : 0,
      model: 'm',
      providers: n === 5 ? ['p'] : [],
    }));
    expect(await write(store, 0, changes)).toBe(total);
    const ids = (n: readonly number[]): string[] => n.map((one) => `t${one}`);
    expect(findTasks(store, { status: 1 }, { before: total, limit: 10 })).toEqual({
      ids: ids([19_999, 16_383, 8_192, 8_191, 0]),
      next: undefined,
    });
    expect(findTasks(store, { status: 1 }, { before: total, limit: 2 })).toEqual({
      ids: ids([19_999, 16_383]),
      next: 16_383,
    });
    expect(findTasks(store, { status: 1 }, { before: 16_383, limit: 2 })).toEqual({
      ids: ids([8_192, 8_191]),
      next: 8_191,
    });
    expect(findTasks(store, { provider: 'p' }, { before: total, limit: 2 }).ids).toEqual(['t5']);
    expect(findTasks(store, {}, { before: total, limit: 3 })).toEqual({
      ids: ids([19_999, 19_998, 19_997]),
      next: 19_997,
    });
  });
});
