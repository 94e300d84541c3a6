import { stringify } from 'lossless-json';

function refuseUnwritable(this: unknown, key: string, value: unknown): unknown {
  const isWritable = typeof value !== 'number' || Number.isFinite(value);
  if (!isWritable) throw new RangeError(`${key || 'value'}: ${String(value)} has no JSON form`);
  if (ArrayBuffer.isView(value))
    throw new TypeError(`${key || 'value'}: bytes have no JSON form of their own`);
  return value;
}

/**
 * Writes JSON in which a bigint is an exact integer. Members that are undefined are left out, as JSON.stringify does.
 * @throws RangeError for a number that is not finite. @throws TypeError for bytes, which a caller must encode first.
 * @example stringifyJson({ fee: 2n ** 64n - 1n }) // '{"fee":18446744073709551615}'
 */
export function stringifyJson(value: unknown, space?: number): string {
  const text = stringify(value, refuseUnwritable, space);
  if (text === undefined) throw new TypeError(`value: expected JSON, got ${typeof value}`);
  return text;
}
