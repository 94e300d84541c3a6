import { bytesToHex } from '../../bytes/hex.ts';
import { namedHash } from '../../crypto/named-hash.ts';

/** Bits of a key hash, and so the greatest depth of the tree. */
export const KEY_BITS = 256;

export const HASH_SIZE = 32;

/** One key of the state and the hash of its value. */
export interface LeafNode {
  readonly kind: 'leaf';
  readonly hash: Uint8Array;
  readonly keyHash: Uint8Array;
  readonly valueHash: Uint8Array;
}

/** A fork: every key below agrees on the bits before `bitIndex` (0…255); those with a 0 there are below `left`. */
export interface BranchNode {
  readonly kind: 'branch';
  readonly hash: Uint8Array;
  readonly bitIndex: number;
  readonly left: TreeNode;
  readonly right: TreeNode;
}

/** A branch that an update made. */
export interface NewBranch extends BranchNode {
  readonly isNew: true;
  /** A key hash that agrees with those below on the bits before `bitIndex`. */
  readonly keyHash: Uint8Array;
}

/** Stands for a branch that is the top of another page. */
export interface LinkNode {
  readonly kind: 'link';
  readonly hash: Uint8Array;
  readonly bitIndex: number;
  /** What the keys below the branch begin with, as far as its page's key goes: see `pageKeyOf`. */
  readonly prefix: Uint8Array;
}

/** A node of the state tree. Hashes are 32 bytes. */
export type TreeNode = LeafNode | BranchNode | LinkNode;

/** Where the state tree is stored. */
export interface TreeReader {
  /** The page with this key (see `pageKeyOf`), or undefined. Nobody writes to the returned bytes afterwards. */
  getPage(pageKey: string): Uint8Array | undefined;
}

/** What one update did. A store that writes and deletes exactly these pages holds exactly the pages of the new tree. */
export interface TreeUpdate {
  readonly root: Uint8Array;
  /** By page key; undefined deletes. */
  readonly pages: ReadonlyMap<string, Uint8Array | undefined>;
}

/** Bits by which the tree is cut into pages: one hex digit of the key hash. */
const PAGE_BITS = 4;

/** How many hex digits are in the key of the page that holds a branch: 0…63. */
export const pageDepthOf = (bitIndex: number): number => Math.floor(bitIndex / PAGE_BITS);

/** Bytes of a key hash that hold `depth` hex digits. */
export const prefixSize = (depth: number): number => (depth + 1) >> 1;

/** The key of the page at `depth` on the way to a key hash: its first `depth` hex digits. */
export const pageKeyOf = (keyHash: Uint8Array, depth: number): string =>
  bytesToHex(keyHash.subarray(0, prefixSize(depth))).slice(0, depth);

/** Where `key` stands in the tree. One hash. */
export const stateKeyHash = (key: Uint8Array): Uint8Array => namedHash('StateKey', key);

/** What a leaf says about `value`. One hash. */
export const stateValueHash = (value: Uint8Array): Uint8Array => namedHash('StateValue', value);

/** The hash of a leaf. One hash. */
export const hashLeaf = (keyHash: Uint8Array, valueHash: Uint8Array): Uint8Array =>
  namedHash('StateLeaf', keyHash, valueHash);

const BIT_INDEX_BYTES = Array.from({ length: KEY_BITS }, (_, bitIndex) => Uint8Array.of(bitIndex, 0));

/**
 * The hash of a branch over u16le bitIndex ‖ left ‖ right (leaf and branch differ by the names of their
 * hashes). One hash.
 * @throws RangeError for a fork at another bit than 0…255.
 */
export function hashBranch(bitIndex: number, left: Uint8Array, right: Uint8Array): Uint8Array {
  const index = BIT_INDEX_BYTES[bitIndex];
  if (index === undefined) throw new RangeError(`bitIndex: expected 0…255, got ${bitIndex}`);
  return namedHash('StateBranch', index, left, right);
}

/** Bit `bitIndex` (0…255) of a key hash; 0 is the most significant bit of byte 0. */
export const bitAt = (keyHash: Uint8Array, bitIndex: number): number =>
  ((keyHash[bitIndex >> 3] ?? 0) >> (7 - (bitIndex & 7))) & 1;

/** The first bit at which two key hashes differ, or 256 where they are equal. */
export function firstDifferingBit(left: Uint8Array, right: Uint8Array): number {
  for (let i = 0; i < HASH_SIZE; i++) {
    const difference = (left[i] ?? 0) ^ (right[i] ?? 0);
    if (difference !== 0) return 8 * i + Math.clz32(difference) - 24;
  }
  return KEY_BITS;
}
