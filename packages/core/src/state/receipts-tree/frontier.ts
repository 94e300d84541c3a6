import { assertBytes, isZeroBytes, ZERO_32 } from '../../bytes/bytes.ts';
import { type Codec, refuseValue } from '../../bytes/codec/codec.ts';
import { bytes32, height as u53 } from '../../bytes/codec/primitives.ts';
import { requireThat } from '../../errors/aivm-error.ts';
import {
  dropBits,
  foldRightEdge,
  hashPair,
  isBitSet,
  mixInCount,
  RECEIPT_COUNT_MAX,
  RECEIPTS_TREE_DEPTH,
} from './subtrees.ts';

/**
 * All that appending to the receipts tree needs to know of it. Where bit `level` of `count` is 1, `branch[level]` is
 * the last complete subtree of 2^level leaves; elsewhere it is zero. So equal logs have equal frontiers.
 */
export interface ReceiptFrontier {
  /** Leaves so far, 0…2^40 − 1. */
  readonly count: number;
  /** 40 hashes of 32 bytes, by level. */
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

/** u64 count ‖ 40 × 32 bytes: 1,288 bytes for any count. A non-zero hash where there is no subtree is refused. */
export const receiptFrontierCodec: Codec<ReceiptFrontier> = {
  typeName: 'ReceiptFrontier',
  write: (writer, { count, branch }, name) => {
    u53.write(writer, count, `${name}.count`);
    if (count > RECEIPT_COUNT_MAX) refuseValue(`${name}.count`, `at most ${RECEIPT_COUNT_MAX}`, count);
    if (branch.length !== RECEIPTS_TREE_DEPTH)
      refuseValue(`${name}.branch`, `${RECEIPTS_TREE_DEPTH} hashes`, branch.length);
    for (const [level, hash] of branch.entries()) {
      bytes32.write(writer, hash, `${name}.branch[${level}]`);
      if (!isBitSet(count, level) && !isZeroBytes(hash)) {
        refuseValue(`${name}.branch[${level}]`, `zero at count ${count}`, 'a hash');
      }
    }
  },
  read: (reader, name) => {
    const count = u53.read(reader, `${name}.count`);
    requireThat(
      count <= RECEIPT_COUNT_MAX,
      'malformed',
      () => `${name}.count: ${count}, at most ${RECEIPT_COUNT_MAX}`,
    );
    const branch: Uint8Array[] = [];
    for (let level = 0; level < RECEIPTS_TREE_DEPTH; level++) {
      const hash = bytes32.read(reader, `${name}.branch[${level}]`);
      requireThat(
        isBitSet(count, level) || isZeroBytes(hash),
        'malformed',
        () => `${name}.branch[${level}]: expected zero at count ${count}`,
      );
      branch.push(hash);
    }
    return { count, branch };
  },
  toJson: ({ count, branch }) => ({ count, branch: branch.map((hash) => bytes32.toJson(hash)) }),
};

/** Whether no leaf can be appended any more. */
export const isReceiptsTreeFull = ({ count }: ReceiptFrontier): boolean => count >= RECEIPT_COUNT_MAX;

/**
 * Appends `leaf` (32 bytes). `nodes` are the complete subtrees that became known, the leaf first: what a store keeps so
 * that it can prove any leaf at any count later. Two nodes and one hash on average, at most 40 hashes.
 * @throws AivmError `out_of_range` when the tree holds 2^40 − 1 leaves ({@link isReceiptsTreeFull} asks first).
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
  while (isBitSet(count, level)) {
    hash = hashPair(branch[level] ?? ZERO_32, hash);
    branch[level] = ZERO_32;
    level++;
    nodes.push({ level, index: dropBits(count, level), hash });
  }
  branch[level] = hash;
  return { frontier: { count: count + 1, branch }, nodes };
}

/** The root: Keccak-256(node at level 40 ‖ count as 32 bytes, big-endian). At most 41 hashes. */
export function receiptsRoot({ count, branch }: ReceiptFrontier): Uint8Array {
  const top = foldRightEdge({
    count,
    level: RECEIPTS_TREE_DEPTH,
    getComplete: (level) => branch[level] ?? ZERO_32,
  });
  return mixInCount(top, count);
}
