import { u32be } from '@aivm/core/bytes';
import { keccak256 } from '@aivm/core/crypto';
import {
  appendReceiptLeaf,
  EMPTY_FRONTIER,
  hashReceiptPart,
  RECEIPTS_PER_PART,
  receiptPartCount,
  receiptsRoot,
  receiptsRootOfParts,
} from '@aivm/core/state';
import { describe, expect, it } from 'vitest';

const leaf = (i: number): Uint8Array => keccak256(u32be(i));
const counts = [
  0,
  1,
  2,
  3,
  100,
  RECEIPTS_PER_PART - 1,
  RECEIPTS_PER_PART,
  RECEIPTS_PER_PART + 1,
  2 * RECEIPTS_PER_PART + 77,
];

describe('parts of the receipts', () => {
  it('lead to the root of the log at every count', () => {
    let frontier = EMPTY_FRONTIER;
    const leaves: Uint8Array[] = [];
    for (const count of counts) {
      while (leaves.length < count) {
        leaves.push(leaf(leaves.length));
        frontier = appendReceiptLeaf(frontier, leaf(leaves.length - 1)).frontier;
      }
      const parts = Array.from({ length: receiptPartCount(count) }, (_, i) =>
        hashReceiptPart(leaves.slice(i * RECEIPTS_PER_PART, (i + 1) * RECEIPTS_PER_PART)),
      );
      expect(receiptsRootOfParts(parts, count)).toEqual(receiptsRoot(frontier));
    }
  });

  it('are as many as there have to be, and none is too long', () => {
    expect(() => receiptsRootOfParts([leaf(1)], 0)).toThrow(expect.objectContaining({ code: 'malformed' }));
    expect(() => receiptsRootOfParts([], 1)).toThrow(expect.objectContaining({ code: 'malformed' }));
    const many = Array.from({ length: RECEIPTS_PER_PART + 1 }, (_, i) => leaf(i));
    expect(() => hashReceiptPart(many)).toThrow(expect.objectContaining({ code: 'too_large' }));
  });
});
