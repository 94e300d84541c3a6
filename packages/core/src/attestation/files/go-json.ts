import { ZERO_32 } from '../../bytes/bytes.ts';
import { hexToBytes, isHex } from '../../bytes/hex.ts';
import { base64ToBytes } from '../encoding/base64.ts';
import { asText } from '../encoding/json.ts';
import { rfc3339ToSeconds } from '../encoding/time.ts';
import { expect, refuse } from '../refusal.ts';

const U64_TEXT = /^(?:0|[1-9]\d{0,19})$/;

/** A []byte as Go writes it: base64 text, or null for none. */
export function goBytes(value: unknown, name: string): Uint8Array {
  if (value === undefined || value === null) return new Uint8Array();
  return base64ToBytes(asText(value, name)) ?? refuse('malformed', `${name}: expected base64`);
}

/** A [32]byte as Go writes it, an array of 32 numbers; hex text is accepted too. Absent is all zeros. */
export function goBytes32(value: unknown, name: string): Uint8Array {
  if (value === undefined || value === null) return ZERO_32;
  if (typeof value === 'string') {
    const digits = value.startsWith('0x') ? value.slice(2) : value;
    expect(digits.length === 64 && isHex(digits), 'malformed', `${name}: expected 32 bytes of hex`);
    return hexToBytes(digits);
  }
  const isArray = Array.isArray(value) && value.length === 32;
  const isBytes = isArray && value.every((byte) => Number.isInteger(byte) && byte >= 0 && byte <= 255);
  if (!isBytes) refuse('malformed', `${name}: expected 32 numbers`);
  return Uint8Array.from(value as readonly number[]);
}

/** Text, absent is empty. */
export const goText = (value: unknown, name: string): string =>
  value === undefined || value === null ? '' : asText(value, name);

/** A uint64: bigint, exact number or decimal text; absent is 0. Numbers above 2^53 − 1 were rounded by the reader. */
export function goUint64(value: unknown, name: string): bigint {
  if (value === undefined || value === null) return 0n;
  const isExact = typeof value === 'bigint' || Number.isSafeInteger(value);
  const text = isExact || typeof value === 'string' ? String(value) : '';
  if (!U64_TEXT.test(text)) refuse('malformed', `${name}: expected a uint64`);
  const number = BigInt(text);
  expect(number < 1n << 64n, 'malformed', `${name}: expected a uint64`);
  return number;
}

/** Unix seconds of a time; absent is 0. */
export function goTime(value: unknown, name: string): number {
  if (value === undefined || value === null) return 0;
  return rfc3339ToSeconds(asText(value, name)) ?? refuse('malformed', `${name}: expected RFC 3339 in UTC`);
}
