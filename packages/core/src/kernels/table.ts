import { equalRanges, readU32 } from './words.ts';

/** Low words of the FNV-1a offset basis and prime. Only the low 32 bits of the 64-bit product are ever used. */
const FNV_BASIS_LOW = 0x84222325;
const FNV_PRIME_LOW = 0x1b3;

/** Answer of {@link findSlot} when the table neither holds the key nor has room on its probe path. */
export const NO_SLOT = -1;

/** Where the record of one table keeps its key (32 bytes at offset 0) and its occupied flag. */
export interface TableShape {
  readonly slotSize: number;
  readonly occupiedOffset: number;
}

/**
 * The slot at which probing starts: the low 32 bits of ((basis XOR key) × prime mod 2^64), AND mask, where the key is
 * the first 8 bytes of the digest. Carries never flow downwards, so the key's high word cannot reach the result.
 */
export function firstProbe(digests: Uint8Array, digestOffset: number, mask: number): number {
  return (Math.imul(readU32(digests, digestOffset) ^ FNV_BASIS_LOW, FNV_PRIME_LOW) & mask) >>> 0;
}

/**
 * The slot that holds the digest, else the free slot that ends its probe path, else {@link NO_SLOT}. The mask is
 * `length − 1` whether or not the length is a power of two; at most `length` slots are looked at.
 */
export function findSlot(
  table: Uint8Array,
  { slotSize, occupiedOffset }: TableShape,
  digests: Uint8Array,
  digestOffset: number,
): number {
  const slotCount = table.length / slotSize;
  const mask = slotCount - 1;
  let slot = firstProbe(digests, digestOffset, mask);
  for (let probe = 0; probe < slotCount; probe++) {
    const offset = slot * slotSize;
    if (readU32(table, offset + occupiedOffset) === 0) return slot;
    if (equalRanges(table, offset, digests, digestOffset, 32)) return slot;
    slot = (slot + 1) & mask;
  }
  return NO_SLOT;
}

/** Whether the slot at byte `offset` is in use; any flag but 0 says so. */
export const isOccupied = (table: Uint8Array, { occupiedOffset }: TableShape, offset: number): boolean =>
  readU32(table, offset + occupiedOffset) !== 0;
