import { hexToBytes } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import { EMPTY_STATE_ROOT, proveStateKey, updateStateTree } from '@aivm/core/state';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Change, MapStore, toChanges } from './map-store.ts';
import { naiveKeyHash, naiveStateTree, toHex } from './naive-state-tree.ts';

// Few keys, so that batches hit what is there: overwrite, delete, write the same again.
const key = fc.integer({ min: 0, max: 40 }).map((n) => n.toString(16).padStart(4, '0'));
const value = fc.integer({ min: 0, max: 3 }).map((n) => new Uint8Array(n).fill(n));
const change = fc.tuple(key, fc.option(value, { nil: undefined, freq: 2 }));
const batch = fc.array(change, { maxLength: 25 });

const applyTo = (model: Map<string, Uint8Array>, changes: Iterable<Change>): void => {
  for (const [name, wanted] of new Map(changes)) {
    if (wanted === undefined) model.delete(name);
    else model.set(name, wanted);
  }
};

const numbered = (count: number): [string, Uint8Array][] =>
  Array.from({ length: count }, (_, i) => [i.toString(16).padStart(8, '0'), Uint8Array.of(i & 255, i >> 8)]);

const build = (entries: Iterable<Change>): { store: MapStore; root: Uint8Array } => {
  const store = new MapStore();
  return { store, root: store.accept(updateStateTree(store, EMPTY_STATE_ROOT, toChanges(entries))) };
};

describe('updateStateTree', () => {
  it('has the root of 32 zero bytes for no key', () => {
    const update = updateStateTree(new MapStore(), EMPTY_STATE_ROOT, []);
    expect(update.root).toEqual(new Uint8Array(32));
    expect(naiveStateTree([]).root).toEqual(new Uint8Array(32));
  });

  it.each([1, 2, 3, 4, 8, 16, 64, 256, 1024])('builds the canonical tree of %i keys', (count) => {
    const { store, root } = build(numbered(count));
    const naive = naiveStateTree(numbered(count));
    expect(root).toEqual(naive.root);
    expect(store.toHexMap()).toEqual(naive.pages);
  });

  it('pins the format', () => {
    const { root } = build([
      ['61', Uint8Array.of(1)],
      ['62', Uint8Array.of(2)],
      ['', new Uint8Array(0)],
    ]);
    expect(toHex(root)).toMatchInlineSnapshot(
      `"5b095ef436a730c1ace96e2aead532d06ce3c19199fba3953ecc89707c1f8a62"`,
    );
  });

  it('equals a rebuild after every batch, and the store holds exactly the pages of the tree', () => {
    fc.assert(
      fc.property(fc.array(batch, { minLength: 1, maxLength: 12 }), (batches) => {
        const store = new MapStore();
        const model = new Map<string, Uint8Array>();
        let root = EMPTY_STATE_ROOT;
        for (const changes of batches) {
          root = store.accept(updateStateTree(store, root, toChanges(changes)));
          applyTo(model, changes);
          const naive = naiveStateTree(model);
          expect(toHex(root)).toBe(toHex(naive.root));
          expect(store.toHexMap()).toEqual(naive.pages);
        }
      }),
      { numRuns: 120 },
    );
  });

  it('keeps its books over a long life', () => {
    const store = new MapStore();
    const model = new Map<string, Uint8Array>();
    let root = EMPTY_STATE_ROOT;
    let state = 0x2545f491;
    const next = (below: number): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    for (let round = 0; round < 200; round++) {
      const size = 1 + next(20);
      const isShrinking = Math.floor(round / 40) % 2 === 1;
      const changes = Array.from({ length: size }, (): Change => {
        const name = next(400).toString(16).padStart(4, '0');
        return [name, next(10) < (isShrinking ? 8 : 2) ? undefined : Uint8Array.of(next(5))];
      });
      root = store.accept(updateStateTree(store, root, toChanges(changes)));
      applyTo(model, changes);
    }
    expect(model.size).toBeGreaterThan(50);
    expect(store.toHexMap()).toEqual(naiveStateTree(model).pages);
    const all = [...model.keys()].map((name): Change => [name, undefined]);
    expect(store.accept(updateStateTree(store, root, toChanges(all)))).toEqual(EMPTY_STATE_ROOT);
    expect(store.pages.size).toBe(0);
  });

  it('does not depend on the order of changes, nor on how they are cut into batches', () => {
    const entries = fc.uniqueArray(fc.tuple(key, value), { selector: ([name]) => name, maxLength: 30 });
    const shuffledTwice = entries.chain((all) =>
      fc.tuple(
        fc.shuffledSubarray(all, { minLength: all.length }),
        fc.shuffledSubarray(all, { minLength: all.length }),
        fc.integer({ min: 1, max: 7 }),
      ),
    );
    fc.assert(
      fc.property(shuffledTwice, ([once, again, size]) => {
        const whole = build(once);
        const store = new MapStore();
        let root = EMPTY_STATE_ROOT;
        for (let i = 0; i < again.length; i += size) {
          root = store.accept(updateStateTree(store, root, toChanges(again.slice(i, i + size))));
        }
        expect(toHex(root)).toBe(toHex(whole.root));
        expect(store.toHexMap()).toEqual(whole.store.toHexMap());
      }),
      { numRuns: 100 },
    );
  });

  it('changes nothing for equal values and absent keys', () => {
    const { store, root } = build(numbered(50));
    const same = [...numbered(50), ['ff', undefined], ['fe', undefined]] as Change[];
    const update = updateStateTree(store, root, toChanges(same));
    expect(update).toEqual({ root, pages: new Map() });
    const empty = updateStateTree(new MapStore(), EMPTY_STATE_ROOT, toChanges([['ff', undefined]]));
    expect(empty).toEqual({ root: EMPTY_STATE_ROOT, pages: new Map() });
  });

  it('goes back to the old root when a change is undone', () => {
    const { store, root } = build(numbered(40));
    const before = store.toHexMap();
    const there: Change[] = [
      ['00000003', undefined],
      ['aa', Uint8Array.of(1)],
      ['00000007', Uint8Array.of(9)],
    ];
    const changed = store.accept(updateStateTree(store, root, toChanges(there)));
    expect(changed).not.toEqual(root);
    const back: Change[] = [
      ['00000003', Uint8Array.of(3, 0)],
      ['aa', undefined],
      ['00000007', Uint8Array.of(7, 0)],
    ];
    expect(store.accept(updateStateTree(store, changed, toChanges(back)))).toEqual(root);
    expect(store.toHexMap()).toEqual(before);
  });

  it('tells an empty value from no value', () => {
    expect(build([['aa', new Uint8Array(0)]]).root).not.toEqual(EMPTY_STATE_ROOT);
  });

  it('does not touch the reader when nothing changes, and reads a page once', () => {
    const { store, root } = build(numbered(300));
    updateStateTree(store, root, []);
    expect(store.reads).toEqual([]);
    updateStateTree(store, root, toChanges(numbered(300).filter((_, i) => i % 7 === 0)));
    expect(new Set(store.reads).size).toBe(store.reads.length);
    store.reads.length = 0;
    updateStateTree(store, root, toChanges([['00000005', Uint8Array.of(1)]]));
    expect(store.reads.length).toBeLessThan(7);
  });

  it('hands out plain byte arrays of its own, whatever the store holds', () => {
    const two = numbered(2);
    const { store, root } = build(two);
    for (const [key, bytes] of store.pages) store.pages.set(key, Buffer.from(bytes));
    const update = updateStateTree(store, root, toChanges([[two[0]?.[0] ?? '', undefined]]));
    expect(Buffer.isBuffer(update.root)).toBe(false);
    for (const bytes of store.pages.values()) bytes.fill(0);
    expect(update.root).toEqual(naiveStateTree(two.slice(1)).root);
  });

  it('refuses a key that occurs twice and a root of another size', () => {
    const twice = [
      [Uint8Array.of(1), Uint8Array.of(1)],
      [Uint8Array.of(1), undefined],
    ] as const;
    expect(() => updateStateTree(new MapStore(), EMPTY_STATE_ROOT, twice)).toThrow(RangeError);
    expect(() => updateStateTree(new MapStore(), new Uint8Array(31), [])).toThrow(/root: expected 32 bytes/);
  });
});

describe('a damaged store', () => {
  const changes = toChanges([['00000005', Uint8Array.of(1)]]);
  const rejection = (run: () => unknown): AivmError => {
    try {
      run();
    } catch (error) {
      if (error instanceof AivmError) return error;
      throw error;
    }
    throw new Error('was not refused');
  };

  it('is named by the key of each page that is missing on the way', () => {
    const { store, root } = build(numbered(2_000));
    updateStateTree(store, root, changes);
    const way = [...store.reads];
    expect(way.length).toBeGreaterThan(2);
    expect(way[0]).toBe('');
    for (const key of way) {
      const bytes = store.pages.get(key) ?? new Uint8Array();
      store.pages.delete(key);
      const error = rejection(() => updateStateTree(store, root, changes));
      expect(error.code).toBe('data_dir_corrupt');
      expect(error.message).toContain(`page "${key}" is missing`);
      store.pages.set(key, bytes);
    }
  });

  it('is refused wherever a page is cut', () => {
    const { store, root } = build(numbered(64));
    updateStateTree(store, root, changes);
    for (const key of [...store.reads]) {
      const bytes = store.pages.get(key) ?? new Uint8Array();
      // The last node of a page may lie off the way of a read, but not off that of a page that is written anew.
      for (const size of [0, 1, 20, 35]) {
        store.pages.set(key, bytes.slice(0, size));
        expect(rejection(() => updateStateTree(store, root, changes)).code).toBe('data_dir_corrupt');
      }
      store.pages.set(key, bytes);
    }
  });

  it.each<[string, (page: Uint8Array) => void]>([
    ['an unknown tag', (page) => page.set([3])],
    ['a branch of a deeper page', (page) => page.set([4], 1)],
    ['a link instead of a branch', (page) => page.set([2])],
    ['a leaf instead of a branch', (page) => page.set([0])],
    ['another root', (page) => page.set([(page[4] ?? 0) ^ 1], 4)],
    ['a left node that forks where its parent does', (page) => page.set([page[1] ?? 0], 37)],
    ['a left node that ends behind the page', (page) => page.set([0xff, 0xff], 2)],
  ])('is refused for %s', (_, damage) => {
    const { store, root } = build(numbered(64));
    const page = store.pages.get('') ?? new Uint8Array();
    expect([...page.subarray(0, 2), page[36]]).toEqual([1, 0, 1]);
    damage(page);
    const everywhere = toChanges(numbered(64).map(([key]) => [key, Uint8Array.of(7)]));
    expect(rejection(() => updateStateTree(store, root, everywhere)).code).toBe('data_dir_corrupt');
  });

  it('is refused where a page is that of an older tree', () => {
    const { store, root } = build(numbered(2_000));
    const old = new Map(store.pages);
    const next = store.accept(updateStateTree(store, root, changes));
    updateStateTree(store, next, changes);
    store.reads.length = 0;
    proveStateKey(store, next, hexToBytes('00000005'));
    const way = [...store.reads];
    expect(way.length).toBeGreaterThan(2);
    for (const key of way) {
      const bytes = store.pages.get(key) ?? new Uint8Array();
      store.pages.set(key, old.get(key) ?? new Uint8Array());
      const error = rejection(() => proveStateKey(store, next, hexToBytes('00000005')));
      expect(error.code).toBe('data_dir_corrupt');
      expect(error.message).toContain(`page "${key}" begins with another`);
      store.pages.set(key, bytes);
    }
  });
});

it('takes hash bits from the most significant on', () => {
  // The root of two keys forks at the first differing bit, counted by hand here.
  const [a, b] = numbered(2);
  const bits = [a, b].map((entry) =>
    [...naiveKeyHash(entry?.[0] ?? '')].map((byte) => byte.toString(2).padStart(8, '0')).join(''),
  );
  let fork = 0;
  while (bits[0]?.[fork] === bits[1]?.[fork]) fork++;
  const { store } = build(numbered(2));
  expect(store.pages.get('')?.[1]).toBe(fork);
});

it('finds its way over pages that no key needs', () => {
  // The two of many keys whose hashes agree longest: between them and any third there are pages without a branch.
  const sorted = numbered(4_000).sort(([a], [b]) => Buffer.compare(naiveKeyHash(a), naiveKeyHash(b)));
  const digitsShared = (i: number): number => {
    const [a, b] = [toHex(naiveKeyHash(sorted[i]?.[0] ?? '')), toHex(naiveKeyHash(sorted[i + 1]?.[0] ?? ''))];
    return [...a].findIndex((digit, at) => digit !== b[at]);
  };
  const places = sorted.slice(1).map((_, i) => i);
  const best = places.reduce((most, i) => (digitsShared(i) > digitsShared(most) ? i : most), 0);
  expect(digitsShared(best)).toBeGreaterThan(3);
  const close = sorted.slice(best, best + 2) as [[string, Uint8Array], [string, Uint8Array]];
  const far = sorted.filter((_, i) => i % 1_000 === 7);
  // Every way to let them come and go, one at a time.
  const steps: readonly (readonly Change[])[] = [
    close,
    far.slice(0, 1),
    far.slice(1),
    far.map(([key]) => [key, undefined]),
    [[close[0][0], undefined], ...far],
    [close[0]],
    far.slice(1).map(([key]) => [key, undefined]),
    [[close[1][0], undefined]],
    [[close[0][0], undefined]],
  ];
  const store = new MapStore();
  const model = new Map<string, Uint8Array>();
  let root = EMPTY_STATE_ROOT;
  for (const changes of steps) {
    root = store.accept(updateStateTree(store, root, toChanges(changes)));
    applyTo(model, changes);
    expect(store.toHexMap()).toEqual(naiveStateTree(model).pages);
    expect(toHex(root)).toBe(toHex(naiveStateTree(model).root));
  }
});
