import { constants, type KeyObject, privateEncrypt } from 'node:crypto';
import { concatBytes } from '@aivm/core/bytes';
import { sha384 } from '@noble/hashes/sha2.js';

const MODULUS_BYTES = 512;
const HASH_BYTES = 48;
const TRAILER = 0xbc;
/** Two masks and hashes leave this much of the modulus to the padded salt. */
const DATA_BYTES = MODULUS_BYTES - HASH_BYTES - 1;

/** MGF1 of RFC 8017 with SHA-384. */
function maskOf(seed: Uint8Array, size: number): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let counter = 0; counter * HASH_BYTES < size; counter++) {
    parts.push(sha384(concatBytes(seed, Uint8Array.of(0, 0, 0, counter))));
  }
  return concatBytes(...parts).subarray(0, size);
}

/**
 * RSASSA-PSS with SHA-384 and 4,096 bits, salted by what it signs: the same message gives the same signature in every
 * process, so that what is built on a certificate can be reproduced. RFC 8017 leaves the choice of the salt to the signer.
 */
export function signPss(message: Uint8Array, key: KeyObject): Uint8Array {
  const digest = sha384(message);
  const salt = sha384(concatBytes(digest, Uint8Array.of(TRAILER)));
  const hash = sha384(concatBytes(new Uint8Array(8), digest, salt));
  const data = new Uint8Array(DATA_BYTES);
  data[DATA_BYTES - HASH_BYTES - 1] = 1;
  data.set(salt, DATA_BYTES - HASH_BYTES);
  const mask = maskOf(hash, DATA_BYTES);
  const masked = data.map((byte, i) => byte ^ (mask[i] ?? 0));
  masked[0] = (masked[0] ?? 0) & 0x7f;
  const encoded = concatBytes(masked, hash, Uint8Array.of(TRAILER));
  return new Uint8Array(privateEncrypt({ key, padding: constants.RSA_NO_PADDING }, encoded));
}
