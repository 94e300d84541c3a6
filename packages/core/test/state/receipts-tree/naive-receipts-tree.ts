import { keccak_256 } from '@noble/hashes/sha3.js';

// A second, slow reading of the format: the whole tree by recursion over leaves, nothing imported from src.

const ZERO = new Uint8Array(32);
const zeroHashes = [ZERO];
for (let level = 1; level <= 40; level++) {
  const below = zeroHashes[level - 1] ?? ZERO;
  zeroHashes.push(keccak_256(Buffer.concat([below, below])));
}

function nodeAt(leaves: readonly Uint8Array[], level: number, index: number): Uint8Array {
  const start = index * 2 ** level;
  if (start >= leaves.length) return zeroHashes[level] ?? ZERO;
  if (level === 0) return leaves[start] ?? ZERO;
  const left = nodeAt(leaves, level - 1, 2 * index);
  const right = nodeAt(leaves, level - 1, 2 * index + 1);
  return keccak_256(Buffer.concat([left, right]));
}

export function naiveReceiptsRoot(leaves: readonly Uint8Array[]): Uint8Array {
  const count = Buffer.from(leaves.length.toString(16).padStart(64, '0'), 'hex');
  return keccak_256(Buffer.concat([nodeAt(leaves, 40, 0), count]));
}

const sibling = (index: number, level: number): number => {
  const place = Math.floor(index / 2 ** level);
  return place % 2 === 0 ? place + 1 : place - 1;
};

export const naiveReceiptProof = (leaves: readonly Uint8Array[], index: number): readonly Uint8Array[] =>
  Array.from({ length: 40 }, (_, level) => nodeAt(leaves, level, sibling(index, level)));

export const naiveNode = nodeAt;
