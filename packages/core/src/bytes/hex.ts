const DIGITS = '0123456789abcdef';
/** Character codes of the first and of the second digit of each byte. */
const HIGH_CODES = Uint8Array.from({ length: 256 }, (_, byte) => DIGITS.charCodeAt(byte >> 4));
const LOW_CODES = Uint8Array.from({ length: 256 }, (_, byte) => DIGITS.charCodeAt(byte & 15));
/** Bytes turned to text at once: a call takes only so many arguments. */
const CHUNK_BYTES = 1_024;
/** Hashes and keys are shorter; their codes are laid into a list of their size that is used again. */
const REUSED_BYTES_MAX = 64;
const REUSED = Array.from({ length: REUSED_BYTES_MAX + 1 }, (_, size) => new Array<number>(2 * size).fill(0));

function chunkToHex(bytes: Uint8Array): string {
  const codes = REUSED[bytes.length] ?? new Array<number>(2 * bytes.length);
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] ?? 0;
    codes[2 * i] = HIGH_CODES[byte] ?? 0;
    codes[2 * i + 1] = LOW_CODES[byte] ?? 0;
  }
  return String.fromCharCode.apply(null, codes);
}

/**
 * Lower-case hex without prefix, two digits a byte. One flat string: one that is joined byte by byte is a chain of
 * pieces, which a map flattens and hashes at twice the cost, and such texts are the keys of every cache and overlay.
 */
export function bytesToHex(bytes: Uint8Array): string {
  if (bytes.length <= CHUNK_BYTES) return chunkToHex(bytes);
  let text = '';
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    text += chunkToHex(bytes.subarray(at, at + CHUNK_BYTES));
  }
  return text;
}

const NO_DIGIT = 0xff;
/** 0…15 by the character code of a hex digit. */
const DIGIT_VALUES = new Uint8Array(128).fill(NO_DIGIT);
for (let value = 0; value < 16; value++) {
  DIGIT_VALUES[DIGITS.charCodeAt(value)] = value;
  DIGIT_VALUES[DIGITS.toUpperCase().charCodeAt(value)] = value;
}

/** Whether `text` is an even number of hex digits, with or without the prefix 0x. */
export const isHex = (text: string): boolean => /^(0x)?([0-9a-fA-F]{2})*$/.test(text);

/**
 * The bytes that `text` writes in hex (either case, optional 0x).
 * @throws TypeError that names `name` when a character is not a hex digit or the count is odd.
 */
export function hexToBytes(text: string, name = 'hex'): Uint8Array {
  const start = text.startsWith('0x') ? 2 : 0;
  const bytes = new Uint8Array((text.length - start) >> 1);
  let isWrong = text.length % 2 !== 0;
  for (let i = 0; i < bytes.length; i++) {
    const at = start + 2 * i;
    const high = DIGIT_VALUES[text.charCodeAt(at)] ?? NO_DIGIT;
    const low = DIGIT_VALUES[text.charCodeAt(at + 1)] ?? NO_DIGIT;
    if ((high | low) > 15) isWrong = true;
    bytes[i] = (high << 4) | low;
  }
  if (isWrong)
    throw new TypeError(`${name}: expected an even number of hex digits, got "${text.slice(0, 80)}"`);
  return bytes;
}
