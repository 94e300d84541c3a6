/** A byte string that nobody mutates after it was made. */
export type Bytes = Uint8Array;

/** The 32-byte string of zeros. Never written to. */
export const ZERO_32: Uint8Array = new Uint8Array(32);

/** The address of no account. Do not write to it. */
export const ZERO_ADDRESS: Uint8Array = new Uint8Array(20);

/** All parts in order, in one new array. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let size = 0;
  for (const part of parts) size += part.length;
  const joined = new Uint8Array(size);
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** Whether both have the same length and bytes. Not constant time: nothing here is secret. */
export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  for (let i = 0; i < left.length; i++) if (left[i] !== right[i]) return false;
  return true;
}

/** Lexicographic order by unsigned bytes; a prefix comes before what it begins. */
export function compareBytes(left: Uint8Array, right: Uint8Array): number {
  const size = Math.min(left.length, right.length);
  for (let i = 0; i < size; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference < 0 ? -1 : 1;
  }
  return Math.sign(left.length - right.length);
}

/** Whether every byte is 0 (true for no bytes). */
export function isZeroBytes(bytes: Uint8Array): boolean {
  for (const byte of bytes) if (byte !== 0) return false;
  return true;
}

/** Throws a TypeError that names `name` unless `value` is a Uint8Array of `size` bytes (any size when omitted). */
export function assertBytes(value: unknown, name: string, size?: number): asserts value is Uint8Array {
  if (!(value instanceof Uint8Array))
    throw new TypeError(`${name}: expected Uint8Array, got ${typeof value}`);
  if (size !== undefined && value.length !== size) {
    throw new RangeError(`${name}: expected ${size} bytes, got ${value.length}`);
  }
}
