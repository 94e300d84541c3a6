import { bytesToHex, utf8ToBytes } from '@aivm/core/bytes';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { describe, expect, it } from 'vitest';
import {
  createMerkleListProof,
  merkleListRoot,
  verifyMerkleListProof,
} from '../../src/crypto/merkle-list.ts';

const COUNT = 34;
const leaves = Array.from({ length: COUNT }, (_, i) => utf8ToBytes(`leaf ${'x'.repeat(i)}`));
const leafAt = (index: number): Uint8Array => leaves[index] ?? new Uint8Array();
const NAME = 'Transactions';

const named = (tag: number, ...parts: Uint8Array[]): Uint8Array =>
  keccak_256(Buffer.concat([Buffer.from('aivm/v1/Transactions\0', 'latin1'), Buffer.from([tag]), ...parts]));

/** The same shape from the top: the left part is the largest power of two below the count. */
function naiveTop(list: readonly Uint8Array[]): Uint8Array {
  const [only] = list;
  if (only === undefined) return new Uint8Array(32);
  if (list.length === 1) return named(0, only);
  let half = 1;
  while (2 * half < list.length) half *= 2;
  return named(1, naiveTop(list.slice(0, half)), naiveTop(list.slice(half)));
}

function naiveRoot(list: readonly Uint8Array[]): Uint8Array {
  const count = Buffer.alloc(4);
  count.writeUInt32LE(list.length);
  return named(2, count, naiveTop(list));
}

describe('merkleListRoot', () => {
  it('equals a tree made from the top at every count', () => {
    for (let count = 0; count <= COUNT; count++) {
      const list = leaves.slice(0, count);
      expect(bytesToHex(merkleListRoot(NAME, list)), `count ${count}`).toBe(bytesToHex(naiveRoot(list)));
    }
  });

  it('pins the format', () => {
    expect(bytesToHex(merkleListRoot('Transactions', []))).toMatchInlineSnapshot(
      `"4061dabc3d278b7da4260a3296744b00d0ef411dee2c748da822c844353353a8"`,
    );
    expect(bytesToHex(merkleListRoot('Outcomes', leaves.slice(0, 3)))).toMatchInlineSnapshot(
      `"a57bc2019cf183e22742ef1a6cacf73c4f0b2e6467adf0fee639d0fa385b5a0d"`,
    );
  });

  it('tells names, order, counts and doubled leaves apart', () => {
    const three = leaves.slice(0, 3);
    const roots = [
      merkleListRoot('Transactions', three),
      merkleListRoot('Outcomes', three),
      merkleListRoot('Transactions', [...three].reverse()),
      merkleListRoot('Transactions', [...three, leafAt(2)]),
      merkleListRoot('Transactions', [...three, new Uint8Array()]),
      merkleListRoot('Transactions', three.slice(0, 2)),
      merkleListRoot('Transactions', []),
      merkleListRoot('Transactions', [new Uint8Array()]),
      merkleListRoot('Transactions', [new Uint8Array(32)]),
    ].map(bytesToHex);
    expect(new Set(roots).size).toBe(roots.length);
  });
});

describe('merkle list proofs', () => {
  it('prove every index of every count, and nothing else', () => {
    for (let count = 1; count <= COUNT; count++) {
      const list = leaves.slice(0, count);
      const root = merkleListRoot(NAME, list);
      for (let index = 0; index < count; index++) {
        const siblings = createMerkleListProof({ name: NAME, leaves: list, index });
        const claim = { name: NAME, root, leaf: leafAt(index), index, count, siblings } as const;
        expect(verifyMerkleListProof(claim), `index ${index} of ${count}`).toBe(true);
        expect(verifyMerkleListProof({ ...claim, name: 'Outcomes' })).toBe(false);
        for (const wrong of [index - 1, index + 1, index ^ 1, index + 0.5]) {
          expect(verifyMerkleListProof({ ...claim, index: wrong })).toBe(false);
        }
        for (const wrong of [0, count - 1, count + 1, count + 0.5, 2 ** 32 + count]) {
          expect(verifyMerkleListProof({ ...claim, count: wrong })).toBe(false);
        }
        expect(verifyMerkleListProof({ ...claim, leaf: leafAt((index + 1) % COUNT) })).toBe(false);
        expect(verifyMerkleListProof({ ...claim, siblings: [...siblings, root] })).toBe(false);
        if (siblings.length > 0) {
          expect(verifyMerkleListProof({ ...claim, siblings: siblings.slice(1) })).toBe(false);
          expect(verifyMerkleListProof({ ...claim, siblings: siblings.slice(0, -1) })).toBe(false);
        }
      }
    }
  });

  it('are refused with any byte of a sibling or of the root changed', () => {
    const list = leaves.slice(0, 11);
    const root = merkleListRoot(NAME, list);
    for (const index of [0, 5, 10]) {
      const siblings = createMerkleListProof({ name: NAME, leaves: list, index });
      const claim = { name: NAME, root, leaf: leafAt(index), index, count: 11, siblings } as const;
      const flip = (bytes: Uint8Array, at: number): Uint8Array => bytes.with(at, (bytes[at] ?? 0) ^ 1);
      for (let at = 0; at < 32; at++) {
        expect(verifyMerkleListProof({ ...claim, root: flip(root, at) })).toBe(false);
        for (let level = 0; level < siblings.length; level++) {
          const mutated = siblings.map((hash, i) => (i === level ? flip(hash, at) : hash));
          expect(verifyMerkleListProof({ ...claim, siblings: mutated })).toBe(false);
        }
      }
    }
  });

  it('do not take a node for a leaf, nor two siblings cut elsewhere', () => {
    const list = leaves.slice(0, 4);
    const root = merkleListRoot(NAME, list);
    const siblings = createMerkleListProof({ name: NAME, leaves: list, index: 0 });
    const [low = new Uint8Array(), high = new Uint8Array()] = siblings;
    const node = Uint8Array.of(...named(0, leafAt(0)), ...low);
    const asLeaf = { name: NAME, root, leaf: node, index: 0, count: 2, siblings: [high] } as const;
    expect(verifyMerkleListProof(asLeaf)).toBe(false);
    const cut = [Uint8Array.of(...low, high[0] ?? 0), high.subarray(1)];
    const claim = { name: NAME, root, leaf: leafAt(0), index: 0, count: 4, siblings: cut } as const;
    expect(verifyMerkleListProof(claim)).toBe(false);
  });

  it('are refused with siblings and counts that no list has, even under a root made for them', () => {
    const leaf = leafAt(1);
    const rootFor = (sibling: Uint8Array, count: number): Uint8Array =>
      named(2, Uint8Array.of(count, 0, 0, 0), named(1, sibling, named(0, leaf)));
    const claim = { name: NAME, leaf, index: 1, count: 2 } as const;
    for (const size of [32, 0, 31, 33, 64]) {
      const sibling = new Uint8Array(size);
      const isProven = verifyMerkleListProof({ ...claim, root: rootFor(sibling, 2), siblings: [sibling] });
      expect(isProven, `${size} bytes`).toBe(size === 32);
    }
    // The last of 2^32 + 1 moves up alone to the top but one; the count is 1 in 32 bits.
    const sibling = new Uint8Array(32);
    const far = { ...claim, index: 2 ** 32, count: 2 ** 32 + 1, siblings: [sibling] };
    expect(verifyMerkleListProof({ ...far, root: rootFor(sibling, 1) })).toBe(false);
  });

  it('are not made for an index outside the list', () => {
    for (const index of [-1, 3, 0.5, Number.NaN]) {
      expect(() => createMerkleListProof({ name: NAME, leaves: leaves.slice(0, 3), index })).toThrow(
        /index: expected an integer below 3/,
      );
    }
    expect(() => createMerkleListProof({ name: NAME, leaves: [], index: 0 })).toThrow(RangeError);
  });

  it('throw for a root of another size', () => {
    const claim = { name: NAME, leaf: leafAt(0), index: 0, count: 1, siblings: [] } as const;
    expect(() => verifyMerkleListProof({ ...claim, root: new Uint8Array(31) })).toThrow(/root: expected 32/);
  });
});
