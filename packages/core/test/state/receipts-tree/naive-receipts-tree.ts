import { keccak_256 } from '@noble/hashes/sha3.js';

// A second, slow reading of the format: the whole tree by recursion over leaves, nothing imported from src.

const ZERO = new Uint8Array(32);
const zeroHashes = [ZERO];
for (let level = 1; level <= 32; level++) {
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
  return keccak_256(Buffer.concat([nodeAt(leaves, 32, 0), count]));
}

export const naiveReceiptProof = (leaves: readonly Uint8Array[], index: number): readonly Uint8Array[] =>
  Array.from({ length: 32 }, (_, level) => nodeAt(leaves, level, Math.floor(index / 2 ** level) ^ 1));

export const naiveNode = nodeAt;
