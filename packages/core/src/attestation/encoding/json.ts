import { bytesToUtf8, utf8ToBytes } from '../../bytes/utf8.ts';
import { refuse } from '../refusal.ts';

/** A JSON object as it came: nothing is known of its members. */
export type JsonRecord = Readonly<Record<string, unknown>>;

/** The JSON value in `text`, or undefined where it is not JSON. */
export function textToJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The JSON object that `bytes` spell in UTF-8; `malformed` otherwise. */
export function bytesToJsonRecord(bytes: Uint8Array, name: string): JsonRecord {
  const text = bytesToUtf8(bytes);
  return asRecord(text === undefined ? undefined : textToJson(text), name);
}

/** `value` as an object; `malformed` for anything else. */
export function asRecord(value: unknown, name: string): JsonRecord {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    refuse('malformed', `${name}: expected a JSON object`);
  }
  return value as JsonRecord;
}

/** `value` as a list; `malformed` for anything else. */
export function asList(value: unknown, name: string): readonly unknown[] {
  if (!Array.isArray(value)) refuse('malformed', `${name}: expected a JSON array`);
  return value as readonly unknown[];
}

/** `value` as text; `malformed` for anything else. */
export function asText(value: unknown, name: string): string {
  if (typeof value !== 'string') refuse('malformed', `${name}: expected text`);
  return value;
}

/** `value` as an integer 0…max; `malformed` for anything else. */
export function asInteger(value: unknown, max: number, name: string): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > max) {
    refuse('malformed', `${name}: expected an integer 0…${max}`);
  }
  return value;
}

/** `value` as a boolean; absent is false, as Go's JSON has it; `malformed` for anything else. */
export function asFlag(value: unknown, name: string): boolean {
  if (value === undefined || value === null) return false;
  if (typeof value !== 'boolean') refuse('malformed', `${name}: expected a boolean`);
  return value;
}

/** UTF-8 of text out of JSON, which may hold a lone surrogate: `malformed`. */
export function textToUtf8(text: string, name: string): Uint8Array {
  if (/\p{Surrogate}/u.test(text)) refuse('malformed', `${name}: a lone surrogate is not text`);
  return utf8ToBytes(text);
}
