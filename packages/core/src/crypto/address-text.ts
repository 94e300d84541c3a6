import { equalBytes } from '../bytes/bytes.ts';
import { bytesToHex, hexToBytes } from '../bytes/hex.ts';
import { utf8ToBytes } from '../bytes/utf8.ts';
import { AivmError } from '../errors/aivm-error.ts';
import { keccak256 } from './keccak.ts';

const ADDRESS = /^0x[0-9a-fA-F]{40}$/;

/**
 * An address as text with the EIP-55 checksum in its letters.
 * @example addressToText(new Uint8Array(20).fill(0xab)) // '0xABaBaBaBABabABabAbAbABAbABabababaBaBABaB'
 */
export function addressToText(address: Uint8Array): string {
  if (!(address instanceof Uint8Array) || address.length !== 20) {
    throw new RangeError('address: expected 20 bytes');
  }
  const digits = bytesToHex(address);
  const hash = bytesToHex(keccak256(utf8ToBytes(digits)));
  const cased = [...digits].map((digit, i) =>
    Number.parseInt(hash.charAt(i), 16) >= 8 ? digit.toUpperCase() : digit,
  );
  return `0x${cased.join('')}`;
}

/**
 * The 20 bytes of an address. Letters of mixed case must carry the right EIP-55 checksum; all-lower and all-upper pass.
 * @throws AivmError `malformed` that names `name`.
 * @example textToAddress(wallet.address) // wallet.addressBytes
 */
export function textToAddress(text: string, name = 'address'): Uint8Array {
  if (!ADDRESS.test(text)) {
    throw new AivmError('malformed', `${name}: expected 0x and 40 hex digits, got "${text.slice(0, 60)}"`);
  }
  const bytes = hexToBytes(text, name);
  const digits = text.slice(2);
  const isMixed = digits !== digits.toLowerCase() && digits !== digits.toUpperCase();
  if (isMixed && addressToText(bytes) !== text) {
    throw new AivmError('malformed', `${name}: the EIP-55 checksum of ${text} does not match`);
  }
  return bytes;
}

/**
 * Whether both texts name the same address, whatever their letter case.
 * @example isSameAddress(wallet.address, wallet.address.toLowerCase()) // true
 */
export const isSameAddress = (left: string, right: string): boolean =>
  equalBytes(textToAddress(left.toLowerCase()), textToAddress(right.toLowerCase()));
