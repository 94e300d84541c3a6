/** The unsigned 32-bit little-endian word at `offset`. Kernels hold a u64 as two of these: bigint costs 20× here. */
export function readU32(bytes: Uint8Array, offset: number): number {
  return (
    ((bytes[offset] as number) |
      ((bytes[offset + 1] as number) << 8) |
      ((bytes[offset + 2] as number) << 16) |
      ((bytes[offset + 3] as number) << 24)) >>>
    0
  );
}

/** Writes the low 32 bits of `value` at `offset`, little-endian. */
export function writeU32(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value;
  bytes[offset + 1] = value >>> 8;
  bytes[offset + 2] = value >>> 16;
  bytes[offset + 3] = value >>> 24;
}

/** Whether `size` bytes from `offset` are all 0. */
export function isZeroRange(bytes: Uint8Array, offset: number, size: number): boolean {
  for (let i = offset; i < offset + size; i++) if (bytes[i] !== 0) return false;
  return true;
}

/** Whether `size` bytes at two places are the same. */
export function equalRanges(
  left: Uint8Array,
  leftOffset: number,
  right: Uint8Array,
  rightOffset: number,
  size: number,
): boolean {
  for (let i = 0; i < size; i++) if (left[leftOffset + i] !== right[rightOffset + i]) return false;
  return true;
}

/** Copies `size` bytes from `source` to `target`; for spans under 100 bytes this is faster than `set`. */
export function copyRange(
  target: Uint8Array,
  targetOffset: number,
  source: Uint8Array,
  sourceOffset: number,
  size: number,
): void {
  for (let i = 0; i < size; i++) target[targetOffset + i] = source[sourceOffset + i] as number;
}

/** Whether the u64 at `leftOffset` is ≤ the u64 at `rightOffset`. */
export function isU64AtMost(
  left: Uint8Array,
  leftOffset: number,
  right: Uint8Array,
  rightOffset: number,
): boolean {
  const leftHigh = readU32(left, leftOffset + 4);
  const rightHigh = readU32(right, rightOffset + 4);
  if (leftHigh !== rightHigh) return leftHigh < rightHigh;
  return readU32(left, leftOffset) <= readU32(right, rightOffset);
}

/** Adds 1 to the u64 at `offset`. At 2^64−1 it stays there if `saturates`, else it wraps to 0. */
export function incrementU64(bytes: Uint8Array, offset: number, saturates: boolean): void {
  const low = readU32(bytes, offset);
  const high = readU32(bytes, offset + 4);
  if (saturates && low === 0xffffffff && high === 0xffffffff) return;
  writeU32(bytes, offset, low + 1);
  if (low === 0xffffffff) writeU32(bytes, offset + 4, high + 1);
}
