import { refuse } from './refusal.ts';

/** Little-endian fields at fixed offsets; every access outside the bytes is `malformed`, never undefined. */
export interface BytesView {
  readonly bytes: Uint8Array;
  u8(offset: number): number;
  u16(offset: number): number;
  u32(offset: number): number;
  u64(offset: number): bigint;
  /** A view of `size` bytes at `offset`; the bytes are shared, not copied. */
  slice(offset: number, size: number): Uint8Array;
}

/** A view on `bytes`; `name` is what a refusal calls them. */
export function viewBytes(bytes: Uint8Array, name: string): BytesView {
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const at = (offset: number, size: number): number => {
    if (offset + size > bytes.length) refuse('malformed', `${name}: ends inside a field at ${offset}`);
    return offset;
  };
  return {
    bytes,
    u8: (offset) => data.getUint8(at(offset, 1)),
    u16: (offset) => data.getUint16(at(offset, 2), true),
    u32: (offset) => data.getUint32(at(offset, 4), true),
    u64: (offset) => data.getBigUint64(at(offset, 8), true),
    slice: (offset, size) => bytes.subarray(at(offset, size), offset + size),
  };
}
