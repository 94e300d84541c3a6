import { concatBytes, equalBytes, ZERO_32 } from '@aivm/core/bytes';
import { keccak256 } from '@aivm/core/crypto';
import { receiptLeaf } from '@aivm/core/state';
import type { ReceiptFile } from '@aivm/sdk';

/** One level of a proof: the node that was computed, and the one beside it. */
export interface PathLevel {
  readonly level: number;
  readonly node: Uint8Array;
  readonly sibling: Uint8Array;
  /** Whether the computed node is the right one of the two. */
  readonly isRight: boolean;
  /** Whether the sibling stands for places that no receipt has yet. */
  readonly isEmpty: boolean;
}

/** The way from a receipt to the root in a header. */
export interface ReceiptPath {
  readonly leaf: Uint8Array;
  /** From the leaf upwards. */
  readonly levels: readonly PathLevel[];
  readonly top: Uint8Array;
  /** The top with the count of receipts: what the header has. */
  readonly root: Uint8Array;
}

const hashPair = (left: Uint8Array, right: Uint8Array): Uint8Array => keccak256(concatBytes(left, right));

function countWord(count: number): Uint8Array {
  const word = new Uint8Array(32);
  new DataView(word.buffer).setBigUint64(24, BigInt(count));
  return word;
}

/** Computes every node on the way. What it shows is checked by `verifyReceipt`. */
export function pathOfReceipt({ receipt, index, count, siblings }: ReceiptFile): ReceiptPath {
  const leaf = receiptLeaf(receipt);
  const levels: PathLevel[] = [];
  let node = leaf;
  let empty: Uint8Array = ZERO_32;
  for (const [level, sibling] of siblings.entries()) {
    const isRight = Math.floor(index / 2 ** level) % 2 === 1;
    levels.push({ level, node, sibling, isRight, isEmpty: equalBytes(sibling, empty) });
    node = isRight ? hashPair(sibling, node) : hashPair(node, sibling);
    empty = hashPair(empty, empty);
  }
  return { leaf, levels, top: node, root: hashPair(node, countWord(count)) };
}
