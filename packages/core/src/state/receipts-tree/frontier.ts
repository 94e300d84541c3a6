import { assertBytes, isZeroBytes, ZERO_32 } from '../../bytes/bytes.ts';
import { type Codec, refuseValue } from '../../bytes/codec/codec.ts';
import { bytes32, u32 } from '../../bytes/codec/primitives.ts';
import { requireThat } from '../../errors/aivm-error.ts';
import { foldRightEdge, hashPair, mixInCount, RECEIPT_COUNT_MAX, RECEIPTS_TREE_DEPTH } from './subtrees.ts';

/**
 * All that appending to the receipts tree needs to know of it. Where bit `level` of `count` is 1, `branch[level]` is
 * the last complete subtree of 2^level leaves; elsewhere it is zero. So equal logs have equal frontiers.
 */
export interface ReceiptFrontier {
  /** Leaves so far, 0…2^32 − 1. */
  readonly count: number;
  /** 32 hashes of 32 bytes, by level. */
  readonly branch: readonly Uint8Array[];
}

/** A complete subtree: the 2^level leaves from `index` × 2^level on. Level 0 is a leaf. Its hash never changes again. */
export interface ReceiptNode {
  readonly level: number;
  readonly index: number;
  readonly hash: Uint8Array;
}

/** The frontier of no receipts. */
export const EMPTY_FRONTIER: ReceiptFrontier = {
  count: 0,
  branch: Array.from({ length: RECEIPTS_TREE_DEPTH }, () => ZERO_32),
};

const isUsed = (count: number, level: number): boolean => ((count >>> level) & 1) === 1;

/** u32 count ‖ 32 × 32 bytes: 1,028 bytes for any count. A non-zero hash where there is no subtree is refused. */
export const receiptFrontierCodec: Codec<ReceiptFrontier> = {
  typeName: 'ReceiptFrontier',
  write: (writer, { count, branch }, name) => {
    u32.write(writer, count, `${name}.count`);
    if (branch.length !== RECEIPTS_TREE_DEPTH) refuseValue(`${name}.branch`, '32 hashes', branch.length);
    for (const [level, hash] of branch.entries()) {
      bytes32.write(writer, hash, `${name}.branch[${level}]`);
      if (!isUsed(count, level) && !isZeroBytes(hash)) {
        refuseValue(`${name}.branch[${level}]`, `zero at count ${count}`, 'a hash');
      }
    }
  },
  read: (reader, name) => {
    const count = u32.read(reader, `${name}.count`);
    const branch: Uint8Array[] = [];
    for (let level = 0; level < RECEIPTS_TREE_DEPTH; level++) {
      const hash = bytes32.read(reader, `${name}.branch[${level}]`);
      requireThat(
        isUsed(count, level) || isZeroBytes(hash),
        'malformed',
        () => `${name}.branch[${level}]: expected zero at count ${count}`,
      );
      branch.push(hash);
    }
    return { count, branch };
  },
  toJson: ({ count, branch }) => ({ count, branch: branch.map((hash) => bytes32.toJson(hash)) }),
};

/**
 * Appends `leaf` (32 bytes). `nodes` are the complete subtrees that became known, the leaf first: what a store keeps so
 * that it can prove any leaf at any count later. Two nodes and one hash on average, at most 32 hashes.
 * @throws AivmError `out_of_range` when the tree holds 2^32 − 1 leaves.
 */
export function appendReceiptLeaf(
  frontier: ReceiptFrontier,
  leaf: Uint8Array,
): { readonly frontier: ReceiptFrontier; readonly nodes: readonly ReceiptNode[] } {
  assertBytes(leaf, 'leaf', 32);
  const { count } = frontier;
  requireThat(
    count < RECEIPT_COUNT_MAX,
    'out_of_range',
    () => `receipts tree: holds its most, ${RECEIPT_COUNT_MAX} leaves`,
  );
  const branch = frontier.branch.slice();
  let hash = leaf;
  let level = 0;
  const nodes: ReceiptNode[] = [{ level, index: count, hash }];
  while (isUsed(count, level)) {
    hash = hashPair(branch[level] ?? ZERO_32, hash);
    branch[level] = ZERO_32;
    level++;
    nodes.push({ level, index: count >>> level, hash });
  }
  branch[level] = hash;
  return { frontier: { count: count + 1, branch }, nodes };
}

/** The root: Keccak-256(node at level 32 ‖ count as 32 bytes, big-endian). At most 33 hashes. */
export function receiptsRoot({ count, branch }: ReceiptFrontier): Uint8Array {
  const top = foldRightEdge({
    count,
    level: RECEIPTS_TREE_DEPTH,
    getComplete: (level) => branch[level] ?? ZERO_32,
  });
  return mixInCount(top, count);
}
