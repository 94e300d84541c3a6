const DIGITS = '0123456789abcdef';
const PAIRS: readonly string[] = Array.from(
  { length: 256 },
  (_, byte) => `${DIGITS.charAt(byte >> 4)}${DIGITS.charAt(byte & 15)}`,
);

/** Lower-case hex without prefix, two digits a byte. */
export function bytesToHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += PAIRS[byte];
  return text;
}

/** 0…15 of the character code of a hex digit: of 0–9 the low bits, of a letter those plus 9. */
const digitOf = (code: number): number => (code & 15) + (code > 57 ? 9 : 0);

/** Whether `text` is an even number of hex digits, with or without the prefix 0x. */
export const isHex = (text: string): boolean => /^(0x)?([0-9a-fA-F]{2})*$/.test(text);

/**
 * The bytes that `text` writes in hex (either case, optional 0x).
 * @throws TypeError that names `name` when a character is not a hex digit or the count is odd.
 */
export function hexToBytes(text: string, name = 'hex'): Uint8Array {
  if (!isHex(text))
    throw new TypeError(`${name}: expected an even number of hex digits, got "${text.slice(0, 80)}"`);
  const start = text.startsWith('0x') ? 2 : 0;
  const bytes = new Uint8Array((text.length - start) / 2);
  for (let i = 0; i < bytes.length; i++) {
    const at = start + 2 * i;
    bytes[i] = (digitOf(text.charCodeAt(at)) << 4) | digitOf(text.charCodeAt(at + 1));
  }
  return bytes;
}
