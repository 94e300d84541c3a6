import { AivmError } from '../../errors/aivm-error.ts';
import { hashPair, mixInCount, RECEIPTS_TREE_DEPTH, zeroSubtree } from './subtrees.ts';

const PART_LEVEL = 12;
/** Receipts of a part; only the last has fewer. */
export const RECEIPTS_PER_PART: number = 2 ** PART_LEVEL;

/** The node at level `to` above neighbours at level `from`, empty places behind them. */
function foldNeighbours(nodes: readonly Uint8Array[], from: number, to: number): Uint8Array {
  let level = nodes;
  for (let at = from; at < to; at++) {
    const above: Uint8Array[] = [];
    for (let i = 0; i < level.length; i += 2) {
      above.push(hashPair(level[i] ?? zeroSubtree(at), level[i + 1] ?? zeroSubtree(at)));
    }
    level = above;
  }
  return level[0] ?? zeroSubtree(to);
}

/** How many parts so many receipts are. */
export const receiptPartCount = (count: number): number => Math.ceil(count / RECEIPTS_PER_PART);

/**
 * The hash of a part from the leaves of its receipts. At most 4,107 hashes.
 * @throws AivmError `too_large` for more than {@link RECEIPTS_PER_PART}.
 */
export function hashReceiptPart(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length > RECEIPTS_PER_PART) {
    throw new AivmError('too_large', `${leaves.length} receipts in a part, at most ${RECEIPTS_PER_PART}`);
  }
  return foldNeighbours(leaves, 0, PART_LEVEL);
}

/**
 * The receipts root of the hashes of all parts of `count` receipts.
 * @throws AivmError `malformed` for another number of parts.
 */
export function receiptsRootOfParts(parts: readonly Uint8Array[], count: number): Uint8Array {
  if (parts.length !== receiptPartCount(count)) {
    throw new AivmError(
      'malformed',
      `${parts.length} parts of ${count} receipts, expected ${receiptPartCount(count)}`,
    );
  }
  return mixInCount(foldNeighbours(parts, PART_LEVEL, RECEIPTS_TREE_DEPTH), count);
}
