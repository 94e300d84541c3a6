import { keccak256 } from '../crypto/keccak.ts';
import { writeU32 } from './words.ts';

const DIGEST_SIZE = 32;

/** A running commitment to a table: `acc = hash(acc ‖ hash(leaf))` over its occupied slots, from 32 zeros. */
export interface LeafFold {
  /** The commitment so far; its bytes change with every `add`. */
  readonly root: Uint8Array;
  /** Folds in one leaf: `head` bytes already in `leaf`, then the slot index as its last word. */
  add(slotIndex: number): void;
}

/** A fold over leaves that the caller writes into `leaf`, whose last four bytes are the slot index. */
export function createLeafFold(leaf: Uint8Array): LeafFold {
  const pair = new Uint8Array(2 * DIGEST_SIZE);
  const root = pair.subarray(0, DIGEST_SIZE);
  return {
    root,
    add(slotIndex) {
      writeU32(leaf, leaf.length - 4, slotIndex);
      pair.set(keccak256(leaf), DIGEST_SIZE);
      pair.set(keccak256(pair), 0);
    },
  };
}
