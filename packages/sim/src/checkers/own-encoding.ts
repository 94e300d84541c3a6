import { concatBytes, utf8ToBytes } from '@aivm/core/bytes';
import { keccak256 } from '@aivm/core/crypto';

/** The protocol's named hash, from its definition. */
export const named = (name: string, bytes: Uint8Array): Uint8Array =>
  keccak256(concatBytes(utf8ToBytes(`aivm/v1/${name}\0`), bytes));

/** `value` in `size` bytes, the lowest first. */
export const little = (value: bigint, size: number): Uint8Array =>
  Uint8Array.from({ length: size }, (_, i) => Number((value >> BigInt(8 * i)) & 255n));

/** Bytes behind their length. */
export const sized = (bytes: Uint8Array): Uint8Array => concatBytes(little(BigInt(bytes.length), 4), bytes);

/** Text behind its length in bytes. */
export const text = (value: string): Uint8Array => sized(utf8ToBytes(value));
