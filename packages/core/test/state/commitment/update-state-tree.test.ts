import { AivmError, EMPTY_STATE_ROOT, hexToBytes, updateStateTree } from '@aivm/core';
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
    expect(store.toHexMap()).toEqual(naive.nodes);
    expect(store.nodes.size).toBe(2 * count - 1);
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

  it('equals a rebuild after every batch, and the store holds exactly the reachable nodes', () => {
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
          expect(store.toHexMap()).toEqual(naive.nodes);
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
    expect(store.toHexMap()).toEqual(naiveStateTree(model).nodes);
    const all = [...model.keys()].map((name): Change => [name, undefined]);
    expect(store.accept(updateStateTree(store, root, toChanges(all)))).toEqual(EMPTY_STATE_ROOT);
    expect(store.nodes.size).toBe(0);
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
    expect(update).toEqual({ root, added: new Map(), stale: new Set() });
    const empty = updateStateTree(new MapStore(), EMPTY_STATE_ROOT, toChanges([['ff', undefined]]));
    expect(empty).toEqual({ root: EMPTY_STATE_ROOT, added: new Map(), stale: new Set() });
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

  it('does not touch the reader when nothing changes, and reads a node once', () => {
    const { store, root } = build(numbered(300));
    updateStateTree(store, root, []);
    expect(store.reads).toEqual([]);
    updateStateTree(store, root, toChanges(numbered(300).filter((_, i) => i % 7 === 0)));
    expect(new Set(store.reads).size).toBe(store.reads.length);
    store.reads.length = 0;
    updateStateTree(store, root, toChanges([['00000005', Uint8Array.of(1)]]));
    expect(store.reads.length).toBeLessThan(25);
  });

  it('hands out plain byte arrays of its own, whatever the store holds', () => {
    const two = numbered(2);
    const { store, root } = build(two);
    for (const [hash, bytes] of store.nodes) store.nodes.set(hash, Buffer.from(bytes));
    const update = updateStateTree(store, root, toChanges([[two[0]?.[0] ?? '', undefined]]));
    expect(Buffer.isBuffer(update.root)).toBe(false);
    for (const bytes of store.nodes.values()) bytes.fill(0);
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

  it('is named by the hash of each node that is missing on the way', () => {
    const { store, root } = build(numbered(64));
    updateStateTree(store, root, changes);
    const way = [...store.reads];
    expect(way.length).toBeGreaterThan(4);
    for (const hash of way) {
      const bytes = store.nodes.get(hash) ?? new Uint8Array();
      store.nodes.delete(hash);
      const error = rejection(() => updateStateTree(store, root, changes));
      expect(error.code).toBe('data_dir_corrupt');
      expect(error.message).toContain(hash);
      store.nodes.set(hash, bytes);
    }
  });

  it.each([
    ['no bytes', ''],
    ['an unknown tag', `02${'00'.repeat(64)}`],
    ['a short leaf', `00${'00'.repeat(63)}`],
    ['a long leaf', `00${'00'.repeat(65)}`],
    ['a short branch', `010000${'00'.repeat(63)}`],
    ['a long branch', `010000${'00'.repeat(65)}`],
    ['a fork at bit 256', `010001${'00'.repeat(64)}`],
  ])('is refused for %s', (_, hex) => {
    const { store, root } = build(numbered(64));
    store.nodes.set(toHex(root), hexToBytes(hex));
    const error = rejection(() => updateStateTree(store, root, changes));
    expect(error.code).toBe('data_dir_corrupt');
    expect(error.message).toContain(toHex(root));
  });

  it('cannot make the descent endless: a branch that leads to itself is refused', () => {
    const { store, root } = build(numbered(64));
    const loop = Buffer.concat([Buffer.from([1, 3, 0]), root, root]);
    store.nodes.set(toHex(root), loop);
    expect(rejection(() => updateStateTree(store, root, changes)).code).toBe('data_dir_corrupt');
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
  const { store, root } = build(numbered(2));
  const bytes = store.nodes.get(toHex(root)) ?? new Uint8Array();
  expect([...bytes.subarray(0, 3)]).toEqual([1, fork, 0]);
});
