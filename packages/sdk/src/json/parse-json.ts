import type { JsonValue } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import { parse } from 'lossless-json';

const INTEGER = /^-?\d+$/;
/** 2^53 − 1 has 16 digits: a document without such a run of them outside strings loses nothing in JSON.parse. */
const EXACT_DIGITS_BELOW = 16;

/** What a document may hold, for readers of strangers' text. Reading within them costs some tens of milliseconds at most. */
export interface JsonBounds {
  /** Values of any kind, the whole included. */
  readonly valuesMax?: number;
  /** Members of all objects together: building large objects is slow. */
  readonly membersMax?: number;
  /** Objects and arrays inside each other. */
  readonly depthMax?: number;
  /** Digits in a row of one number: making an integer of them takes the square of their number. */
  readonly digitsMax?: number;
}

/** Everything that a double or an amount needs, and far from where recursion or arithmetic take long. */
const DEFAULT_BOUNDS = {
  valuesMax: Number.POSITIVE_INFINITY,
  membersMax: Number.POSITIVE_INFINITY,
  depthMax: 512,
  digitsMax: 400,
} as const;

/** Integers that a number holds exactly stay numbers, larger ones become bigint, everything else is a number. */
function parseNumber(digits: string): number | bigint {
  const value = Number(digits);
  if (INTEGER.test(digits)) return Number.isSafeInteger(value) ? value : BigInt(digits);
  return value;
}

/** What one pass over the characters finds. */
interface Scan {
  /** Members written, duplicates included. */
  members: number;
  /** The longest run of digits outside strings. */
  digitsMax: number;
  /** Commas and brackets: at least as many as values, and at most twice as many. */
  marks: number;
  depthMax: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** How many backslashes stand in a row before `end`, as far back as `start`. */
function countBackslashes(text: string, start: number, end: number): number {
  let at = end;
  while (at > start && text.charCodeAt(at - 1) === BACKSLASH) at--;
  return end - at;
}

/** Where the string whose text starts at `start` has its closing quote, or the text's end. */
function endOfString(text: string, start: number): number {
  for (let from = start; ; ) {
    const quote = text.indexOf('"', from);
    if (quote < 0) return text.length;
    if (countBackslashes(text, from, quote) % 2 === 0) return quote;
    from = quote + 1;
  }
}

function scan(text: string): Scan {
  const found: Scan = { members: 0, digitsMax: 0, marks: 1, depthMax: 0 };
  let digits = 0;
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    digits = code >= 0x30 && code <= 0x39 ? digits + 1 : 0;
    if (digits > found.digitsMax) found.digitsMax = digits;
    if (code === QUOTE) i = endOfString(text, i + 1);
    // Outside a string, a colon is exactly one member.
    else if (code === 0x3a) found.members++;
    else if (code === 0x2c) found.marks++;
    else if (code === 0x5b || code === 0x7b) {
      found.marks++;
      if (++depth > found.depthMax) found.depthMax = depth;
    } else if (code === 0x5d || code === 0x7d) depth--;
  }
  return found;
}

function assertWithin(found: Scan, bounds: Required<JsonBounds>): void {
  const refuse = (count: number, max: number, what: string): void => {
    if (count > max) throw new AivmError('malformed', `JSON: ${what}, the limit is ${max}`);
  };
  refuse(found.digitsMax, bounds.digitsMax, `a number has ${found.digitsMax} digits in a row`);
  refuse(found.depthMax, bounds.depthMax, `objects and arrays are nested ${found.depthMax} deep`);
  refuse(found.members, bounds.membersMax, `objects have ${found.members} members`);
  refuse(found.marks, bounds.valuesMax, `there are ${found.marks} values`);
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

/** Where a parser stopped, without its own words: they differ from one engine to the next and quote the text. */
function placeOfFailure(text: string, cause: unknown): string {
  if (text.trim() === '') return 'there is no text';
  if (cause instanceof RangeError) return cause.message;
  const position = cause instanceof Error ? /position (\d+)/.exec(cause.message)?.[1] : undefined;
  if (position !== undefined) return `not JSON at character ${position}`;
  return 'not JSON: a value, bracket or quotation mark is missing or one too many';
}

/**
 * Parses JSON without losing an integer: one beyond ±(2^53 − 1) becomes a bigint. A key that occurs twice in one object
 * is refused, because two readers would see two different documents.
 * @param bounds Default: 512 levels, 400 digits in a row, and any number of values.
 * @throws AivmError `malformed`.
 * @example parseJson('{"fee": 18446744073709551615}') // { fee: 18446744073709551615n }
 */
export function parseJson(text: string, bounds: JsonBounds = {}): JsonValue {
  const found = scan(text);
  assertWithin(found, { ...DEFAULT_BOUNDS, ...bounds });
  let value: JsonValue;
  let membersKept: number;
  try {
    value = (
      found.digitsMax < EXACT_DIGITS_BELOW ? JSON.parse(text) : parse(text, undefined, { parseNumber })
    ) as JsonValue;
    membersKept = countMembers(value);
  } catch (cause) {
    throw new AivmError('malformed', `JSON: ${placeOfFailure(text, cause)}`, { cause });
  }
  if (membersKept !== found.members) throw new AivmError('malformed', 'JSON: a key occurs twice');
  return value;
}
