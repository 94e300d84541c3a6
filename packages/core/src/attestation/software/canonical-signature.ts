import { bytesToHex } from '../../bytes/hex.ts';

// Encodings of the points whose order divides 8, without the sign of x.
const SMALL_ORDER: ReadonlySet<string> = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
]);

/** p = 2^255 − 19 and L = 2^252 + 27742317777372353535851937790883648493, big-endian hex. */
const FIELD_PRIME = '7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed';
const GROUP_ORDER = '1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed';

const bigEndianHex = (littleEndian: Uint8Array): string => bytesToHex(littleEndian.slice().reverse());

/** A y coordinate below p, and not one of a point that hides in every key. */
function isCanonicalPoint(encoded: Uint8Array): boolean {
  const y = encoded.slice();
  y[31] = (y[31] ?? 0) & 0x7f;
  return bigEndianHex(y) < FIELD_PRIME && !SMALL_ORDER.has(bytesToHex(y));
}

/**
 * Whether key and signature are in the one form that every implementation reads the same way: canonical points
 * outside the small subgroup, S below the group order. Implementations differ on all others.
 */
export const isStrictEd25519 = (publicKey: Uint8Array, signature: Uint8Array): boolean =>
  publicKey.length === 32 &&
  signature.length === 64 &&
  isCanonicalPoint(publicKey) &&
  isCanonicalPoint(signature.subarray(0, 32)) &&
  bigEndianHex(signature.subarray(32)) < GROUP_ORDER;

/** n/2 of secp256k1, big-endian hex. */
const SECP256K1_HALF_ORDER = '7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0';

/** Whether an r ‖ s signature has its s in the lower half, so that nobody else can make a second one of it. */
export const isLowSecp256k1 = (signature: Uint8Array): boolean =>
  signature.length === 64 && bytesToHex(signature.subarray(32)) <= SECP256K1_HALF_ORDER;
