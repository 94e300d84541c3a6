import { assertBytes, equalBytes } from '../../bytes/bytes.ts';
import { AivmError, requireThat } from '../../errors/aivm-error.ts';
import {
  dropBits,
  foldRightEdge,
  hashPair,
  isBitSet,
  mixInCount,
  RECEIPT_COUNT_MAX,
  RECEIPTS_TREE_DEPTH,
  zeroSubtree,
} from './subtrees.ts';

/** Finds the complete subtree `index` of 2^level leaves among the nodes that appending gave. */
export type GetReceiptNode = (level: number, index: number) => Uint8Array | undefined;

const isCount = (count: number): boolean =>
  Number.isInteger(count) && count >= 0 && count <= RECEIPT_COUNT_MAX;
const isIndexBelow = (index: number, count: number): boolean =>
  Number.isInteger(index) && index >= 0 && index < count;

/**
 * The 40 siblings, from the leaf upwards, that prove leaf `index` against the root that the tree had at `count` leaves,
 * be it now or long ago: complete subtrees never change, so only what lay on the right edge then is hashed anew. That
 * is at most one of the siblings (the one below the node where the leaf's way meets the edge), so at most 39 hashes.
 * @throws AivmError `out_of_range` unless index < count < 2^40, `data_dir_corrupt` that names a node that is missing.
 */
export function createReceiptProof(request: {
  readonly index: number;
  readonly count: number;
  readonly getNode: GetReceiptNode;
}): readonly Uint8Array[] {
  const { index, count } = request;
  requireThat(
    isCount(count),
    'out_of_range',
    () => `count: expected an integer 0…${RECEIPT_COUNT_MAX}, got ${count}`,
  );
  requireThat(
    isIndexBelow(index, count),
    'out_of_range',
    () => `index: expected an integer below the count ${count}, got ${index}`,
  );
  const getComplete = (level: number, at: number): Uint8Array => {
    const hash = request.getNode(level, at);
    if (hash === undefined || hash.length !== 32) {
      throw new AivmError('data_dir_corrupt', `receipts tree: node ${at} of level ${level} is missing`);
    }
    return hash;
  };
  const siblings: Uint8Array[] = [];
  for (let level = 0; level < RECEIPTS_TREE_DEPTH; level++) {
    const place = dropBits(index, level);
    const sibling = place % 2 === 0 ? place + 1 : place - 1;
    const edge = dropBits(count, level);
    if (sibling < edge) siblings.push(getComplete(level, sibling));
    else if (sibling > edge) siblings.push(zeroSubtree(level));
    else {
      // Complete on the edge: the left neighbour of the place after the last leaf, at the level asked for.
      siblings.push(
        foldRightEdge({
          count,
          level,
          getComplete: (below) => getComplete(below, dropBits(count, below) - 1),
        }),
      );
    }
  }
  return siblings;
}

/**
 * Whether `leaf` is leaf `index` of the log whose root is `root` and that holds `count` leaves. 41 hashes. The root
 * fixes the count, the count and 40 levels fix the shape, and the index fixes the sides, so no other triple of leaf,
 * index and count has a proof for the same root unless Keccak-256 has a collision.
 * @throws TypeError or RangeError when `root` is not 32 bytes. Whatever is wrong with the rest gives false.
 */
export function verifyReceiptProof(claim: {
  readonly root: Uint8Array;
  readonly leaf: Uint8Array;
  readonly index: number;
  readonly count: number;
  readonly siblings: readonly Uint8Array[];
}): boolean {
  const { root, leaf, index, count, siblings } = claim;
  assertBytes(root, 'root', 32);
  if (!isCount(count) || !isIndexBelow(index, count)) return false;
  if (leaf.length !== 32 || siblings.length !== RECEIPTS_TREE_DEPTH) return false;
  let node = leaf;
  for (const [level, sibling] of siblings.entries()) {
    if (sibling.length !== 32) return false;
    node = isBitSet(index, level) ? hashPair(sibling, node) : hashPair(node, sibling);
  }
  return equalBytes(mixInCount(node, count), root);
}
