import { bytesToHex, hexToBytes, parse, serialize } from '@aivm/core/bytes';
import { keccak256 } from '@aivm/core/crypto';
import { AivmError } from '@aivm/core/errors';
import {
  appendReceiptLeaf,
  createReceiptProof,
  EMPTY_FRONTIER,
  receiptFrontierCodec,
  receiptsRoot,
  verifyReceiptProof,
} from '@aivm/core/state';
import { describe, expect, it } from 'vitest';
import type { ReceiptFrontier } from '../../../src/state/receipts-tree/frontier.ts';
import { RECEIPT_COUNT_MAX } from '../../../src/state/receipts-tree/subtrees.ts';
import largeCounts from './large-counts.json' with { type: 'json' };
import { naiveNode, naiveReceiptProof, naiveReceiptsRoot } from './naive-receipts-tree.ts';

const COUNT = 70;
const leaves = Array.from({ length: COUNT }, (_, i) => keccak256(Uint8Array.of(i)));
const leafAt = (index: number): Uint8Array => leaves[index] ?? new Uint8Array(32);

const nodes = new Map<string, Uint8Array>();
const frontiers: ReceiptFrontier[] = [EMPTY_FRONTIER];
for (const leaf of leaves) {
  const appended = appendReceiptLeaf(frontiers.at(-1) ?? EMPTY_FRONTIER, leaf);
  for (const { level, index, hash } of appended.nodes) nodes.set(`${level}/${index}`, hash);
  frontiers.push(appended.frontier);
}
const frontierAt = (count: number): ReceiptFrontier => frontiers[count] ?? EMPTY_FRONTIER;
const getNode = (level: number, index: number): Uint8Array | undefined => nodes.get(`${level}/${index}`);
const rootAt = (count: number): Uint8Array => receiptsRoot(frontierAt(count));

const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof AivmError) return error.code;
    throw error;
  }
  return 'accepted';
};

describe('the receipts root', () => {
  it('equals a full tree at every count', () => {
    for (let count = 0; count <= COUNT; count++) {
      expect(bytesToHex(rootAt(count)), `count ${count}`).toBe(
        bytesToHex(naiveReceiptsRoot(leaves.slice(0, count))),
      );
      expect(frontierAt(count).count).toBe(count);
    }
  });

  it('of no receipts continues the well-known 32 Keccak levels over zero, with count 0', () => {
    // The empty tree of depth 32 of several deployed bridge and deposit contracts.
    let top = hexToBytes('27ae5ba08d7291c96c8cbddcc148bf48a6d68c7974b94356f53754ef6171d757');
    for (let level = 32; level < 40; level++) top = keccak256(Uint8Array.of(...top, ...top));
    expect(receiptsRoot(EMPTY_FRONTIER)).toEqual(keccak256(Uint8Array.of(...top, ...new Uint8Array(32))));
  });

  it('reports each complete subtree once, when its last leaf comes', () => {
    const expected = new Map<string, Uint8Array>();
    for (let level = 0; 2 ** level <= COUNT; level++) {
      for (let index = 0; (index + 1) * 2 ** level <= COUNT; index++) {
        expected.set(`${level}/${index}`, naiveNode(leaves, level, index));
      }
    }
    expect(new Map([...nodes].sort())).toEqual(new Map([...expected].sort()));
    expect(
      appendReceiptLeaf(frontierAt(7), leafAt(7)).nodes.map(({ level, index }) => [level, index]),
    ).toEqual([
      [0, 7],
      [1, 3],
      [2, 1],
      [3, 0],
    ]);
  });

  it('differs when the last leaf is doubled', () => {
    for (const count of [1, 3, 5, 6, 7, 15]) {
      const doubled = appendReceiptLeaf(frontierAt(count), leafAt(count - 1)).frontier;
      expect(receiptsRoot(doubled)).not.toEqual(rootAt(count));
    }
  });

  it('counts a leaf of zeros, which hashes like an empty place', () => {
    const zero = appendReceiptLeaf(EMPTY_FRONTIER, new Uint8Array(32)).frontier;
    expect(receiptsRoot(zero)).not.toEqual(receiptsRoot(EMPTY_FRONTIER));
  });

  it('leaves the frontier that it appends to as it was', () => {
    const before = serialize(receiptFrontierCodec, frontierAt(7));
    appendReceiptLeaf(frontierAt(7), leafAt(0));
    expect(serialize(receiptFrontierCodec, frontierAt(7))).toEqual(before);
    expect(EMPTY_FRONTIER.branch.every((hash) => hash.every((byte) => byte === 0))).toBe(true);
  });

  it('takes 2^40 − 1 leaves and no more', () => {
    const branch = Array.from({ length: 40 }, (_, level) => keccak256(Uint8Array.of(level, 1)));
    const full = { count: RECEIPT_COUNT_MAX, branch };
    const almost = { count: RECEIPT_COUNT_MAX - 1, branch: [new Uint8Array(32), ...branch.slice(1)] };
    expect(RECEIPT_COUNT_MAX).toBe(1_099_511_627_775);
    const last = appendReceiptLeaf(almost, branch[0] ?? new Uint8Array(32));
    expect(last.frontier).toEqual(full);
    expect(last.nodes).toEqual([{ level: 0, index: 1_099_511_627_774, hash: branch[0] }]);
    expect(codeOf(() => appendReceiptLeaf(full, leafAt(0)))).toBe('out_of_range');
  });

  it('refuses a leaf of another size', () => {
    expect(() => appendReceiptLeaf(EMPTY_FRONTIER, new Uint8Array(31))).toThrow(/leaf: expected 32 bytes/);
  });
});

describe('receipt proofs', () => {
  it('prove every index of every count up to 70 from the nodes known at the end', () => {
    for (let count = 1; count <= COUNT; count++) {
      const root = rootAt(count);
      for (let index = 0; index < count; index++) {
        const siblings = createReceiptProof({ index, count, getNode });
        const isProven = verifyReceiptProof({ root, leaf: leafAt(index), index, count, siblings });
        expect(isProven, `index ${index} of ${count}`).toBe(true);
      }
    }
  });

  it('equal the siblings in a full tree', () => {
    for (const count of [1, 2, 37, 64, 70]) {
      for (const index of [0, 1, 31, 32, 36, 63, 69].filter((i) => i < count)) {
        const siblings = createReceiptProof({ index, count, getNode });
        expect(siblings).toEqual(naiveReceiptProof(leaves.slice(0, count), index));
      }
    }
  });

  it('ask only for complete subtrees', () => {
    for (let count = 1; count <= COUNT; count++) {
      for (let index = 0; index < count; index++) {
        const asked = (level: number, at: number): Uint8Array | undefined => {
          expect((at + 1) * 2 ** level).toBeLessThanOrEqual(count);
          return getNode(level, at);
        };
        createReceiptProof({ index, count, getNode: asked });
      }
    }
  });

  it('bind leaf, index and count', () => {
    const counts = [1, 2, 3, 5, 8, 13];
    for (const count of counts) {
      for (let index = 0; index < count; index++) {
        const siblings = createReceiptProof({ index, count, getNode });
        const claim = { root: rootAt(count), leaf: leafAt(index), index, count, siblings };
        expect(verifyReceiptProof(claim)).toBe(true);
        for (let other = 0; other < 16; other++) {
          if (other !== index) expect(verifyReceiptProof({ ...claim, index: other })).toBe(false);
          if (other !== index) expect(verifyReceiptProof({ ...claim, leaf: leafAt(other) })).toBe(false);
          if (other !== count) expect(verifyReceiptProof({ ...claim, count: other })).toBe(false);
          if (other !== count) expect(verifyReceiptProof({ ...claim, root: rootAt(other) })).toBe(false);
        }
      }
    }
  });

  it('are refused with any byte of any sibling changed', () => {
    const [index, count] = [4, 13];
    const siblings = createReceiptProof({ index, count, getNode });
    const claim = { root: rootAt(count), leaf: leafAt(index), index, count };
    for (let level = 0; level < 40; level++) {
      for (const at of [0, 13, 31]) {
        const mutated = siblings.map((hash) => hash.slice());
        const hash = mutated[level] ?? new Uint8Array(32);
        hash[at] = (hash[at] ?? 0) ^ 1;
        expect(verifyReceiptProof({ ...claim, siblings: mutated })).toBe(false);
      }
    }
  });

  it('refuse the last leaf of an odd count at the doubled place', () => {
    for (const count of [1, 3, 5, 7, 9]) {
      const leaf = leafAt(count - 1);
      const real = createReceiptProof({ index: count - 1, count, getNode });
      const doubled = [leaf, ...real.slice(1)];
      for (const siblings of [real, doubled]) {
        for (const claimed of [count, count + 1]) {
          const claim = { root: rootAt(count), leaf, index: count, count: claimed, siblings };
          expect(verifyReceiptProof(claim)).toBe(false);
        }
      }
    }
  });

  it('never prove a place that is still empty', () => {
    const count = 5;
    for (let index = count; index < 8; index++) {
      const siblings = naiveReceiptProof(leaves.slice(0, count), index);
      const claim = { root: rootAt(count), leaf: new Uint8Array(32), index, siblings };
      expect(verifyReceiptProof({ ...claim, count })).toBe(false);
      expect(verifyReceiptProof({ ...claim, count: index + 1 })).toBe(false);
    }
  });

  it('never prove an inner node as a leaf, with fewer siblings or more', () => {
    const siblings = createReceiptProof({ index: 0, count: 4, getNode });
    const claim = { root: rootAt(4), count: 4, index: 0 };
    const inner = getNode(1, 0) ?? new Uint8Array(32);
    expect(verifyReceiptProof({ ...claim, leaf: inner, siblings: siblings.slice(1) })).toBe(false);
    expect(verifyReceiptProof({ ...claim, leaf: inner, siblings })).toBe(false);
    const longer = [...siblings, new Uint8Array(32)];
    expect(verifyReceiptProof({ ...claim, leaf: leafAt(0), siblings: longer })).toBe(false);
  });

  it.each([
    ['a negative index', { index: -1 }],
    ['an index between places', { index: 0.5 }],
    ['an index that 32 bits cut to the right one', { index: 2 ** 32 }],
    ['a count of 2^40', { count: 2 ** 40 }],
    ['an index that 40 bits cut to the right one', { index: 2 ** 40 }],
    ['a count that 32 bits cut to the right one', { count: 2 ** 32 + 4 }],
    ['no count', { count: Number.NaN }],
    ['a short leaf', { leaf: leafAt(0).subarray(1) }],
    ['short siblings', { siblings: Array.from({ length: 40 }, () => new Uint8Array(31)) }],
    ['long siblings', { siblings: Array.from({ length: 40 }, () => new Uint8Array(33)) }],
  ])('are refused with %s', (_, bad) => {
    const siblings = createReceiptProof({ index: 0, count: 4, getNode });
    const claim = { root: rootAt(4), leaf: leafAt(0), index: 0, count: 4, siblings };
    expect(verifyReceiptProof(claim)).toBe(true);
    expect(verifyReceiptProof({ ...claim, ...bad })).toBe(false);
  });

  it.each([
    [0, 0],
    [4, 4],
    [-1, 4],
    [0.5, 4],
    [0, 2 ** 40],
    [0, -1],
  ])('cannot be asked for index %d of %d', (index, count) => {
    expect(codeOf(() => createReceiptProof({ index, count, getNode }))).toBe('out_of_range');
  });

  it('name a node that the store lacks', () => {
    const lacking = (level: number, index: number): Uint8Array | undefined =>
      level === 2 && index === 1 ? undefined : getNode(level, index);
    const run = (): unknown => createReceiptProof({ index: 0, count: 8, getNode: lacking });
    expect(codeOf(run)).toBe('data_dir_corrupt');
    expect(run).toThrow(/node 1 of level 2/);
  });

  it('reach the last places of the tree', () => {
    // The lookups are synthetic: index arithmetic beyond 2^31 must not be cut to 32 bits.
    const asked: string[] = [];
    const record = (level: number, index: number): Uint8Array => {
      asked.push(`${level}/${index}`);
      return new Uint8Array(32);
    };
    createReceiptProof({ index: 2 ** 40 - 2, count: 2 ** 40 - 1, getNode: record });
    expect(asked[0]).toBe(`1/${2 ** 39 - 2}`);
    expect(asked).toHaveLength(39);
    asked.length = 0;
    createReceiptProof({ index: 2 ** 40 - 3, count: 2 ** 40 - 1, getNode: record });
    expect(asked[0]).toBe(`0/${2 ** 40 - 4}`);
  });
});

describe('receiptFrontierCodec', () => {
  it('is 1,288 bytes for every count and round-trips', () => {
    for (let count = 0; count <= COUNT; count++) {
      const bytes = serialize(receiptFrontierCodec, frontierAt(count));
      expect(bytes).toHaveLength(1288);
      expect(parse(receiptFrontierCodec, bytes)).toEqual(frontierAt(count));
    }
  });

  it('refuses a hash where there is no subtree, a cut and a trailing byte', () => {
    const bytes = serialize(receiptFrontierCodec, frontierAt(5));
    const stray = bytes.slice();
    stray[8 + 32] = 1;
    expect(codeOf(() => parse(receiptFrontierCodec, stray))).toBe('malformed');
    expect(() => parse(receiptFrontierCodec, stray)).toThrow('ReceiptFrontier.branch[1]');
    expect(codeOf(() => parse(receiptFrontierCodec, bytes.subarray(1)))).toBe('malformed');
    expect(codeOf(() => parse(receiptFrontierCodec, Uint8Array.of(...bytes, 0)))).toBe('malformed');
    const { branch } = frontierAt(5);
    expect(codeOf(() => serialize(receiptFrontierCodec, { count: 4, branch }))).toBe('out_of_range');
    expect(codeOf(() => serialize(receiptFrontierCodec, { count: 5, branch: branch.slice(1) }))).toBe(
      'out_of_range',
    );
    expect(codeOf(() => serialize(receiptFrontierCodec, { count: 2 ** 40, branch }))).toBe('out_of_range');
  });

  it('shows hashes as hex', () => {
    const json = receiptFrontierCodec.toJson(frontierAt(1));
    expect(json).toMatchObject({ count: 1, branch: expect.arrayContaining([`0x${bytesToHex(leafAt(0))}`]) });
  });
});

describe('logs too long to build', () => {
  const leaf = hexToBytes(largeCounts.leaf);
  const complete = [leaf];
  for (let level = 1; level <= 40; level++) {
    const below = complete[level - 1] ?? leaf;
    complete.push(keccak256(Uint8Array.of(...below, ...below)));
  }
  const completeAt = (level: number): Uint8Array => complete[level] ?? leaf;
  const frontierOf = (count: number): ReceiptFrontier => ({
    count,
    branch: Array.from({ length: 40 }, (_, level) =>
      Math.floor(count / 2 ** level) % 2 === 1 ? completeAt(level) : new Uint8Array(32),
    ),
  });

  it.each(largeCounts.cases)(
    'have the root and the proofs of the oracle at $count',
    ({ count, root, proofs }) => {
      const frontier = frontierOf(count);
      expect(`0x${bytesToHex(receiptsRoot(frontier))}`).toBe(root);
      expect(parse(receiptFrontierCodec, serialize(receiptFrontierCodec, frontier))).toEqual(frontier);
      for (const { index, siblings } of proofs) {
        const proof = createReceiptProof({ index, count, getNode: completeAt });
        expect(proof.map((hash) => `0x${bytesToHex(hash)}`)).toEqual(siblings);
        const claim = { root: hexToBytes(root), leaf, index, count, siblings: proof };
        expect(verifyReceiptProof(claim)).toBe(true);
        expect(verifyReceiptProof({ ...claim, count: count + 1 })).toBe(false);
      }
    },
  );

  it('go on past 2^32 one leaf at a time', () => {
    let frontier = frontierOf(2 ** 32 - 1);
    for (const count of [2 ** 32, 2 ** 32 + 1]) {
      const appended = appendReceiptLeaf(frontier, leaf);
      frontier = appended.frontier;
      expect(frontier).toEqual(frontierOf(count));
      expect(
        appended.nodes.every(({ level, hash }) => bytesToHex(hash) === bytesToHex(completeAt(level))),
      ).toBe(true);
      const top = appended.nodes.at(-1);
      expect(top?.index).toBe(Math.floor((count - 1) / 2 ** (top?.level ?? 0)));
    }
  });
});
