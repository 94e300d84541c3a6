import { ed25519 } from '@noble/curves/ed25519.js';
import { p256, p384 } from '@noble/curves/nist.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js';
import { concatBytes } from '../bytes/bytes.ts';
import type { AttestationPrimitives, VerifyMessageParameters } from './primitives.ts';
import { verifyRsaPssWith } from './primitives-rsa.ts';

const CURVES = { p256, p384 } as const;
const HASHES = { sha256, sha384 } as const;
const POINT_BYTES = { p256: 65, p384: 97 } as const;
const ED25519_ORDER = ed25519.Point.Fn.ORDER;

/** noble throws where a point or a scalar does not exist; for a verifier that is simply "no". */
function isTrue(check: () => boolean): boolean {
  try {
    return check();
  } catch {
    return false;
  }
}

function littleEndianToBigint(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] ?? 0);
  return value;
}

/** S·B = R + k·A without the cofactor, as most native libraries decide it; noble's own verify multiplies by 8. */
function verifyEd25519({ publicKey, message, signature }: VerifyMessageParameters): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  const encodedR = signature.subarray(0, 32);
  const s = littleEndianToBigint(signature.subarray(32));
  if (s >= ED25519_ORDER) return false;
  const a = ed25519.Point.fromBytes(publicKey, false);
  const r = ed25519.Point.fromBytes(encodedR, false);
  const k = littleEndianToBigint(sha512(concatBytes(encodedR, publicKey, message))) % ED25519_ORDER;
  return ed25519.Point.BASE.multiplyUnsafe(s).equals(r.add(a.multiplyUnsafe(k)));
}

/** The primitives that run everywhere: noble's curves and hashes, and RSA over bigint. */
export const noblePrimitives: AttestationPrimitives = {
  name: 'noble',
  sha256,
  sha384,
  verifyEcdsa: ({ curve, hash, publicKey, message, signature }) =>
    publicKey.length === POINT_BYTES[curve] &&
    publicKey[0] === 4 &&
    isTrue(() =>
      CURVES[curve].verify(signature, HASHES[hash](message), publicKey, { prehash: false, lowS: false }),
    ),
  verifyRsaPss: (parameters) => verifyRsaPssWith(sha384, parameters),
  verifyEd25519: (parameters) => isTrue(() => verifyEd25519(parameters)),
  verifySecp256k1: ({ publicKey, message, signature }) =>
    publicKey.length === 33 &&
    isTrue(() => secp256k1.verify(signature, sha256(message), publicKey, { prehash: false, lowS: true })),
};
