import { bytesToUtf8, type JsonValue } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import { modelClassOf } from '@aivm/core/execute';
import { base64ToBytes, bytesToBase64 } from '../encoding/base64.ts';
import { canonicalizeJson, hasLoneSurrogate } from '../json/canonicalize-json.ts';
import { parseJson } from '../json/parse-json.ts';
import type { PAYLOAD_ENCODINGS } from '../schemas/task.ts';

/** Bytes of an input or output as people see them. */
export interface ShownPayload {
  readonly value: JsonValue;
  readonly encoding: (typeof PAYLOAD_ENCODINGS)[number];
}

/** Objects and arrays inside each other, beyond which bytes are not shown as JSON: readers and writers recurse. */
const SHOWN_DEPTH_MAX = 64;

/** From it on ECMAScript writes an integer with an exponent, and nobody takes it for exact. */
const EXPONENT_FROM = 1e21;

/** Whether the value has a canonical form, so that every reader takes the shown value for the same one. */
function isShowable(value: JsonValue, depth: number): boolean {
  if (typeof value === 'number') {
    const isExact = !Number.isInteger(value) || Number.isSafeInteger(value);
    return (isExact || Math.abs(value) >= EXPONENT_FROM) && !Object.is(value, -0);
  }
  if (typeof value === 'string') return !hasLoneSurrogate(value);
  if (typeof value === 'bigint') return false;
  if (typeof value !== 'object' || value === null) return true;
  if (depth >= SHOWN_DEPTH_MAX) return false;
  if (Array.isArray(value)) return value.every((item) => isShowable(item, depth + 1));
  return Object.entries(value).every(([key, item]) => !hasLoneSurrogate(key) && isShowable(item, depth + 1));
}

function jsonOf(bytes: Uint8Array): JsonValue | undefined {
  const text = bytesToUtf8(bytes);
  if (text === undefined) return undefined;
  try {
    const value = parseJson(text);
    return isShowable(value, 0) ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Shows the bytes of a model's input or output to people: int8 as integers −128…127, JSON as itself, anything else as
 * base64: what is not JSON, has no canonical form (an integer beyond 2^53, −0, a lone surrogate), or is nested deeper
 * than 64. Never throws. The shown value may stand for other bytes (spaces, the order of members): machines read the
 * bytes.
 * @example bytesToPayload(Uint8Array.of(255, 1), CheckClass.int8Kernel) // { value: [-1, 1], encoding: 'int8' }
 */
export function bytesToPayload(bytes: Uint8Array, checkClass: number): ShownPayload {
  const { payload } = modelClassOf({ checkClass });
  if (payload === 'int8') return { value: [...Int8Array.from(bytes)], encoding: 'int8' };
  const json = payload === 'json' ? jsonOf(bytes) : undefined;
  if (json === undefined) return { value: bytesToBase64(bytes), encoding: 'base64' };
  return { value: json, encoding: 'json' };
}

function int8Bytes(value: unknown, name: string): Uint8Array {
  if (typeof value === 'string') return base64ToBytes(value, name);
  if (!Array.isArray(value))
    throw new AivmError('invalid_input', `${name}: expected an array of int8, or base64`);
  return Uint8Array.from(value, (item: unknown, i) => {
    if (!Number.isInteger(item) || (item as number) < -128 || (item as number) > 127) {
      throw new AivmError(
        'invalid_input',
        `${name}[${i}]: expected an integer −128…127, got ${String(item)}`,
      );
    }
    return (item as number) & 0xff;
  });
}

/**
 * The bytes that go on chain for a JSON input or output: an int8-kernel model takes an array of int8 or base64, an
 * int8-graph model base64, an opaque one JSON, which becomes its canonical form.
 * @throws AivmError `invalid_input` or `malformed` that names the place.

 * @example payloadToBytes([-1, 1], CheckClass.int8Kernel, 'input') // Uint8Array.of(255, 1)
 */
export function payloadToBytes(value: unknown, checkClass: number, name: string): Uint8Array {
  const { payload } = modelClassOf({ checkClass });
  if (payload === 'json') return canonicalizeJson(value as JsonValue, name);
  if (payload === 'int8' || typeof value === 'string') return int8Bytes(value, name);
  throw new AivmError('invalid_input', `${name}: expected base64`);
}
