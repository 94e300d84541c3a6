import { type JsonValue, utf8ToBytes } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';

/** Below it ECMAScript writes an integer in full, from it on with an exponent. */
const PLAIN_DIGITS_BELOW = 1e21;
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Whether half of a surrogate pair stands alone in the text: it has no UTF-8. */
export const hasLoneSurrogate = (text: string): boolean => LONE_SURROGATE.test(text);

function canonicalNumber(value: number, path: string): string {
  if (!Number.isFinite(value)) throw new AivmError('malformed', `${path}: ${value} has no JSON form`);
  if (Object.is(value, -0)) throw new AivmError('malformed', `${path}: −0 is not canonical, write 0`);
  if (Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(value) < PLAIN_DIGITS_BELOW) {
    throw new AivmError('malformed', `${path}: ${value} is beyond 2^53, write it as a string`);
  }
  return String(value);
}

function canonicalString(value: string, path: string): string {
  if (hasLoneSurrogate(value)) throw new AivmError('malformed', `${path}: a lone surrogate is not text`);
  return JSON.stringify(value);
}

function canonicalText(value: JsonValue, path: string): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return canonicalNumber(value, path);
  if (typeof value === 'string') return canonicalString(value, path);
  if (typeof value === 'bigint') {
    if (value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER))
      return String(value);
    throw new AivmError('malformed', `${path}: ${value} is beyond 2^53, write it as a string`);
  }
  if (Array.isArray(value)) {
    return `[${value.map((item, i) => canonicalText(item, `${path}[${i}]`)).join(',')}]`;
  }
  if (typeof value !== 'object' || ArrayBuffer.isView(value)) {
    throw new AivmError('malformed', `${path}: expected JSON, got ${typeof value}`);
  }
  const members = Object.entries(value).filter(([, item]) => item !== undefined);
  // The default order of strings is by UTF-16 code units, which is what the RFC asks for.
  members.sort(([a], [b]) => (a < b ? -1 : 1));
  const written = members.map(
    ([key, item]) => `${canonicalString(key, path)}:${canonicalText(item, `${path}.${key}`)}`,
  );
  return `{${written.join(',')}}`;
}

/**
 * The canonical form of a JSON value (RFC 8785) in UTF-8: equal values give equal bytes. Stricter than the RFC in two
 * places: an integer beyond 2^53 and −0 are refused, because they would silently become another number.
 * @param name how messages call the value.
 * @throws AivmError `malformed` that names the place.
 * @example new TextDecoder().decode(canonicalizeJson({ b: 1, a: [1e30, 'é'] })) // '{"a":[1e+30,"é"],"b":1}'
 */
export function canonicalizeJson(value: JsonValue, name = 'value'): Uint8Array {
  try {
    return utf8ToBytes(canonicalText(value, name));
  } catch (cause) {
    if (cause instanceof RangeError)
      throw new AivmError('malformed', `${name}: nested too deeply`, { cause });
    throw cause;
  }
}
