import { namedHash } from '../../crypto/named-hash.ts';

/** Bits of a key hash, and so the greatest depth of the tree. */
export const KEY_BITS = 256;

const HASH_SIZE = 32;
const LEAF_TAG = 0;
const BRANCH_TAG = 1;
const LEAF_SIZE = 1 + 2 * HASH_SIZE;
const BRANCH_HEADER_SIZE = 3;
const BRANCH_SIZE = BRANCH_HEADER_SIZE + 2 * HASH_SIZE;

/** One key of the state and the hash of its value. */
export interface LeafNode {
  readonly kind: 'leaf';
  readonly keyHash: Uint8Array;
  readonly valueHash: Uint8Array;
}

/** A fork: every key below agrees on the bits before `bitIndex` (0…255); those with a 0 there are below `left`. */
export interface BranchNode {
  readonly kind: 'branch';
  readonly bitIndex: number;
  readonly left: Uint8Array;
  readonly right: Uint8Array;
}

/** A node of the state tree. Hashes are 32 bytes. */
export type TreeNode = LeafNode | BranchNode;

/** A node's hash with the bytes under which a store keeps it. */
export interface EncodedNode {
  readonly hash: Uint8Array;
  readonly bytes: Uint8Array;
}

/** Where the nodes of committed trees are found: by hash, in the encoding in which an update added them. */
export interface NodeReader {
  /** The encoded node with this hash, or undefined. Nobody writes to the returned bytes afterwards. */
  getNode(hash: Uint8Array): Uint8Array | undefined;
}

/** What one update did. A store that adds and removes exactly these nodes holds exactly the nodes of the new tree. */
export interface TreeUpdate {
  readonly root: Uint8Array;
  /** Nodes that the old tree did not have: hex of the hash → encoded node. */
  readonly added: ReadonlyMap<string, Uint8Array>;
  /** Nodes of the old tree that the new one no longer has: hex of the hash. */
  readonly stale: ReadonlySet<string>;
}

/** Where `key` stands in the tree. One hash. */
export const stateKeyHash = (key: Uint8Array): Uint8Array => namedHash('StateKey', key);

/** What a leaf says about `value`. One hash. */
export const stateValueHash = (value: Uint8Array): Uint8Array => namedHash('StateValue', value);

/** Encodes and hashes a leaf: tag 0 ‖ keyHash ‖ valueHash, of which the hash covers all but the tag. One hash. */
export function encodeLeaf(keyHash: Uint8Array, valueHash: Uint8Array): EncodedNode {
  const bytes = new Uint8Array(LEAF_SIZE);
  bytes[0] = LEAF_TAG;
  bytes.set(keyHash, 1);
  bytes.set(valueHash, 1 + HASH_SIZE);
  return { bytes, hash: namedHash('StateLeaf', keyHash, valueHash) };
}

/**
 * Encodes and hashes a branch: tag 1 ‖ u16le bitIndex ‖ left ‖ right, of which the hash covers all but the tag (leaf
 * and branch are told apart by the names of their hashes). One hash.
 */
export function encodeBranch(bitIndex: number, left: Uint8Array, right: Uint8Array): EncodedNode {
  const bytes = new Uint8Array(BRANCH_SIZE);
  bytes[0] = BRANCH_TAG;
  bytes[1] = bitIndex & 0xff;
  bytes[2] = bitIndex >> 8;
  bytes.set(left, BRANCH_HEADER_SIZE);
  bytes.set(right, BRANCH_HEADER_SIZE + HASH_SIZE);
  return { bytes, hash: namedHash('StateBranch', bytes.subarray(1)) };
}

/** The node that `bytes` encode, or undefined where no node has this encoding. Hashes are views of `bytes`. */
export function decodeNode(bytes: Uint8Array): TreeNode | undefined {
  // Not subarray: a store may hand out a subclass, whose views would reach our callers.
  const hashAt = (offset: number): Uint8Array =>
    new Uint8Array(bytes.buffer, bytes.byteOffset + offset, HASH_SIZE);
  if (bytes[0] === LEAF_TAG && bytes.length === LEAF_SIZE) {
    return { kind: 'leaf', keyHash: hashAt(1), valueHash: hashAt(1 + HASH_SIZE) };
  }
  if (bytes[0] !== BRANCH_TAG || bytes.length !== BRANCH_SIZE) return undefined;
  const bitIndex = (bytes[1] ?? 0) | ((bytes[2] ?? 0) << 8);
  if (bitIndex >= KEY_BITS) return undefined;
  return {
    kind: 'branch',
    bitIndex,
    left: hashAt(BRANCH_HEADER_SIZE),
    right: hashAt(BRANCH_HEADER_SIZE + HASH_SIZE),
  };
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
