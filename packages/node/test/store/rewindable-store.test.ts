import { MemoryStore } from '@aivm/node';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StoreOperation } from '../../src/store/key-value-store.ts';
import { RewindableStore } from '../../src/store/rewindable-store.ts';

const contents = async (store: RewindableStore): Promise<readonly string[]> => {
  const entries: string[] = [];
  for await (const [key, value] of store.iterate({ from: new Uint8Array(0) }))
    entries.push(`${key}=${value}`);
  return entries;
};

const operation = fc.record({
  key: fc.integer({ min: 0, max: 7 }),
  value: fc.option(fc.integer({ min: 0, max: 255 })),
});
const step = fc.oneof(
  fc.array(operation, { maxLength: 6 }),
  fc.constant('mark' as const),
  fc.nat().map((rewind) => ({ rewind })),
);

describe('a store that goes back', () => {
  it('holds after any history what it held at the mark', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const store = new RewindableStore(new MemoryStore());
        const marks: { readonly id: number; readonly held: readonly string[] }[] = [];
        for (const one of steps) {
          if (one === 'mark') marks.push({ id: store.mark(), held: await contents(store) });
          else if (Array.isArray(one)) {
            const operations = one.map(({ key, value }): StoreOperation => {
              const bytes = Uint8Array.of(key);
              return value === null
                ? { type: 'del', key: bytes }
                : { type: 'put', key: bytes, value: Uint8Array.of(value) };
            });
            await store.batch(operations, { sync: false });
          } else if (marks.length > 0) {
            const index = one.rewind % marks.length;
            await store.rewind(marks[index]?.id ?? 0);
            expect(await contents(store)).toEqual(marks[index]?.held);
            marks.length = index;
            expect(store.marks).toEqual(marks.map(({ id }) => id));
          }
        }
      }),
    );
  });
});
