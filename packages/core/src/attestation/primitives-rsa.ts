import { isZeroBytes } from '../bytes/bytes.ts';
import type { VerifyRsaPssParameters } from './primitives.ts';

type Hash = (message: Uint8Array) => Uint8Array;

const HASH_BYTES = 48;
const SALT_BYTES = 48;
const TRAILER = 0xbc;

function bytesToBigint(bytes: Uint8Array): bigint {
  let text = '0x0';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return BigInt(text);
}

function bigintToBytes(value: bigint, size: number): Uint8Array {
  const digits = value.toString(16).padStart(2 * size, '0');
  return Uint8Array.from({ length: size }, (_, i) => Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16));
}

/** value^exponent mod modulus by squaring; 17 multiplications for the usual 65,537. */
function powerModulo(value: bigint, exponent: number, modulus: bigint): bigint {
  let result = 1n;
  let square = value;
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

/** MGF1: `size` bytes grown from `seed`. */
function maskOf(seed: Uint8Array, size: number, hash: Hash): Uint8Array {
  const mask = new Uint8Array(size);
  const block = new Uint8Array(seed.length + 4);
  block.set(seed);
  for (let i = 0; i * HASH_BYTES < size; i++) {
    new DataView(block.buffer).setUint32(seed.length, i);
    mask.set(hash(block).subarray(0, size - i * HASH_BYTES), i * HASH_BYTES);
  }
  return mask;
}

/** EMSA-PSS verification (RFC 8017, 9.1.2) of an encoded message whose top bit is unused. */
function isPssEncoding(encoded: Uint8Array, messageHash: Uint8Array, hash: Hash): boolean {
  const dataSize = encoded.length - HASH_BYTES - 1;
  const padSize = dataSize - SALT_BYTES - 1;
  if (padSize < 0 || encoded.at(-1) !== TRAILER || (encoded[0] ?? 0) > 0x7f) return false;
  const digest = encoded.subarray(dataSize, -1);
  const data = maskOf(digest, dataSize, hash).map((byte, i) => byte ^ (encoded[i] ?? 0));
  data[0] = (data[0] ?? 0) & 0x7f;
  if (!isZeroBytes(data.subarray(0, padSize)) || data[padSize] !== 1) return false;
  const salted = new Uint8Array(8 + HASH_BYTES + SALT_BYTES);
  salted.set(messageHash, 8);
  salted.set(data.subarray(padSize + 1), 8 + HASH_BYTES);
  return hash(salted).every((byte, i) => byte === digest[i]);
}

/** RSASSA-PSS verification for a modulus of whole bytes. About 1 ms for 4,096 bits. */
export function verifyRsaPssWith(sha384: Hash, parameters: VerifyRsaPssParameters): boolean {
  const { modulus, exponent, message, signature } = parameters;
  if (signature.length !== modulus.length || ((modulus[0] ?? 0) & 0x80) === 0) return false;
  const n = bytesToBigint(modulus);
  const s = bytesToBigint(signature);
  if (s >= n) return false;
  const encoded = bigintToBytes(powerModulo(s, exponent, n), modulus.length);
  return isPssEncoding(encoded, sha384(message), sha384);
}
