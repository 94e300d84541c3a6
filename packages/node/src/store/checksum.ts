import { crc32 } from 'node:zlib';

/** Bytes that a checksum adds to a value. */
export const CHECKSUM_BYTES = 4;

/** `value` with the CRC-32 of key and value behind it, little-endian: what a store that may rot keeps. */
export function withChecksum(key: Uint8Array, value: Uint8Array): Uint8Array {
  const stored = new Uint8Array(value.length + CHECKSUM_BYTES);
  stored.set(value);
  new DataView(stored.buffer).setUint32(value.length, crc32(value, crc32(key)), true);
  return stored;
}

/** The value, as a view of `stored`; undefined if it does not match its checksum under this key. */
export function withoutChecksum(key: Uint8Array, stored: Uint8Array): Uint8Array | undefined {
  const size = stored.length - CHECKSUM_BYTES;
  if (size < 0) return undefined;
  const value = stored.subarray(0, size);
  const checksum = new DataView(stored.buffer, stored.byteOffset + size, CHECKSUM_BYTES).getUint32(0, true);
  return checksum === crc32(value, crc32(key)) ? value : undefined;
}
