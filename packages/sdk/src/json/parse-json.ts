import { AivmError, type JsonValue } from '@aivm/core';
import { parse } from 'lossless-json';

const INTEGER = /^-?\d+$/;
/** 2^53 − 1 has 16 digits: a document without such a run of them outside strings loses nothing in JSON.parse. */
const EXACT_DIGITS_BELOW = 16;

/** Integers that a number holds exactly stay numbers, larger ones become bigint, everything else is a number. */
function parseNumber(digits: string): number | bigint {
  const value = Number(digits);
  if (INTEGER.test(digits)) return Number.isSafeInteger(value) ? value : BigInt(digits);
  return value;
}

/** What one pass over the characters finds: members written, duplicates included, and the longest run of digits. */
function scan(text: string): { readonly members: number; readonly digitsMax: number } {
  let members = 0;
  let digits = 0;
  let digitsMax = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (inString) {
      if (code === 0x5c) i++;
      else if (code === 0x22) inString = false;
      continue;
    }
    digits = code >= 0x30 && code <= 0x39 ? digits + 1 : 0;
    if (digits > digitsMax) digitsMax = digits;
    if (code === 0x22) inString = true;
    // Outside a string, a colon is exactly one member.
    else if (code === 0x3a) members++;
  }
  return { members, digitsMax };
}

/** Members that parsing kept. @throws RangeError for a number that is too large for a double. */
function countMembers(value: JsonValue): number {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new RangeError('a number is out of range');
  if (typeof value !== 'object' || value === null) return 0;
  const inner = Array.isArray(value) ? value : Object.values(value);
  let count = Array.isArray(value) ? 0 : inner.length;
  for (const item of inner) count += countMembers(item);
  return count;
}

/**
 * Parses JSON without losing an integer: one beyond ±(2^53 − 1) becomes a bigint. A key that occurs twice in one object
 * is refused, because two readers would see two different documents.
 * @throws AivmError `malformed`.
 * @example parseJson('{"fee": 18446744073709551615}') // { fee: 18446744073709551615n }
 */
export function parseJson(text: string): JsonValue {
  const { members, digitsMax } = scan(text);
  let value: JsonValue;
  let membersKept: number;
  try {
    value = (
      digitsMax < EXACT_DIGITS_BELOW ? JSON.parse(text) : parse(text, undefined, { parseNumber })
    ) as JsonValue;
    membersKept = countMembers(value);
  } catch (cause) {
    // Nesting deeper than the stack is a RangeError here.
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AivmError('malformed', `JSON: ${reason.slice(0, 200)}`, { cause });
  }
  if (membersKept !== members) throw new AivmError('malformed', 'JSON: a key occurs twice');
  return value;
}
