import { concatBytes, equalBytes } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import { sha256 } from '@noble/hashes/sha2.js';
import { base58 } from '@scure/base';

const CHECKSUM_BYTES = 4;
/** An id of 32 bytes needs 50 characters; nothing longer is decoded, because base58 costs the square of its length. */
const TEXT_MAX = 64;

const checksum = (bytes: Uint8Array): Uint8Array => sha256(bytes).slice(-CHECKSUM_BYTES);

/**
 * CB58 as Avalanche and Lux write ids: base58 of bytes ‖ last four bytes of their SHA-256.
 * @example bytesToCb58(new Uint8Array(32)) // '11111111111111111111111111111111LpoYY'
 */
export const bytesToCb58 = (bytes: Uint8Array): string => base58.encode(concatBytes(bytes, checksum(bytes)));

/**
 * @throws AivmError `malformed` when a character or the checksum is wrong.
 * @example cb58ToBytes('11111111111111111111111111111111LpoYY') // new Uint8Array(32)
 */
export function cb58ToBytes(text: string, name = 'id'): Uint8Array {
  let joined: Uint8Array;
  try {
    if (text.length > TEXT_MAX) throw new RangeError('too long');
    joined = base58.decode(text);
  } catch (cause) {
    throw new AivmError('malformed', `${name}: not CB58`, { cause });
  }
  const bytes = joined.slice(0, -CHECKSUM_BYTES);
  if (joined.length <= CHECKSUM_BYTES || !equalBytes(joined.slice(-CHECKSUM_BYTES), checksum(bytes))) {
    throw new AivmError('malformed', `${name}: the CB58 checksum does not match`);
  }
  return bytes;
}
