import { ZERO_32 } from '../../bytes/bytes.ts';
import { keccak256 } from '../../crypto/keccak.ts';

/**
 * Levels above the leaves; a proof has one sibling for each. 2^40 receipts are 34 years of 1,000 a second. A verifier
 * takes the depth from this constant, never from the length of a proof.
 */
export const RECEIPTS_TREE_DEPTH = 40;

/** The most leaves, 2^40 − 1: one less than there are places, so that the top node is never a complete subtree. */
export const RECEIPT_COUNT_MAX: number = 2 ** RECEIPTS_TREE_DEPTH - 1;

/** `value` without its lowest `level` bits. Shift operators take their distance modulo 32, so a division does it. */
export const dropBits = (value: number, level: number): number => Math.floor(value / 2 ** level);

/** Whether bit `level` of `value`, 0…2^53 − 1, is 1. */
export const isBitSet = (value: number, level: number): boolean => dropBits(value, level) % 2 === 1;

const pair = new Uint8Array(64);

/**
 * Keccak-256(left ‖ right). No name in front, so that a contract hashes exactly two words. That confuses nothing:
 * every proof has 40 siblings, so what stands at which level is fixed, and a leaf is itself a named hash.
 */
export function hashPair(left: Uint8Array, right: Uint8Array): Uint8Array {
  pair.set(left, 0);
  pair.set(right, 32);
  return keccak256(pair);
}

const ZERO_SUBTREES: readonly Uint8Array[] = makeZeroSubtrees();

function makeZeroSubtrees(): readonly Uint8Array[] {
  let hash = ZERO_32;
  const hashes = [hash];
  for (let level = 0; level < RECEIPTS_TREE_DEPTH; level++) {
    hash = hashPair(hash, hash);
    hashes.push(hash);
  }
  return hashes;
}

/** The hash of 2^level empty places (32 zero bytes each), for levels 0…40. */
export const zeroSubtree = (level: number): Uint8Array => {
  const hash = ZERO_SUBTREES[level];
  if (hash === undefined) throw new RangeError(`level: expected 0…${RECEIPTS_TREE_DEPTH}, got ${level}`);
  return hash;
};

/**
 * The node at `level` that holds the place after the last leaf, thus some of the last leaves (maybe none) and then
 * empty places. `getComplete(l)` is asked for the last complete subtree of 2^l leaves wherever bit l of `count` is 1.
 * At most `level` hashes.
 */
export function foldRightEdge(edge: {
  readonly count: number;
  readonly level: number;
  readonly getComplete: (level: number) => Uint8Array;
}): Uint8Array {
  const { count, level, getComplete } = edge;
  let node: Uint8Array | undefined;
  for (let below = 0; below < level; below++) {
    if (isBitSet(count, below)) node = hashPair(getComplete(below), node ?? zeroSubtree(below));
    else if (node !== undefined) node = hashPair(node, zeroSubtree(below));
  }
  return node ?? zeroSubtree(level);
}

/** Binds the top node to the number of leaves: Keccak-256(node ‖ count as a big-endian uint256). */
export function mixInCount(node: Uint8Array, count: number): Uint8Array {
  const word = new Uint8Array(32);
  new DataView(word.buffer).setBigUint64(24, BigInt(count));
  return hashPair(node, word);
}
