import { AivmError, bytesToUtf8, CheckClass, type JsonValue } from '@aivm/core';
import { base64ToBytes, bytesToBase64 } from '../encoding/base64.ts';
import { canonicalizeJson } from '../json/canonicalize-json.ts';
import { parseJson } from '../json/parse-json.ts';
import type { PAYLOAD_ENCODINGS } from '../schemas/task.ts';

/** Bytes of an input or output as people see them. */
export interface ShownPayload {
  readonly value: JsonValue;
  readonly encoding: (typeof PAYLOAD_ENCODINGS)[number];
}

function jsonOf(bytes: Uint8Array): JsonValue | undefined {
  const text = bytesToUtf8(bytes);
  if (text === undefined) return undefined;
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

/** Shows the bytes of a model's input or output: int8 as integers −128…127, JSON as itself, anything else as base64. */
export function bytesToPayload(bytes: Uint8Array, checkClass: number): ShownPayload {
  if (checkClass === CheckClass.int8Kernel) return { value: [...Int8Array.from(bytes)], encoding: 'int8' };
  const json = jsonOf(bytes);
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
 * The bytes that go on chain for a JSON input or output: an int8 model takes an array of int8 or base64, any other
 * model JSON, which becomes its canonical form.
 * @throws AivmError `invalid_input` or `malformed` that names the place.
 * @example payloadToBytes({ prompt: 'hi' }, CheckClass.opaque, 'input')
 */
export const payloadToBytes = (value: unknown, checkClass: number, name: string): Uint8Array =>
  checkClass === CheckClass.int8Kernel ? int8Bytes(value, name) : canonicalizeJson(value as JsonValue, name);
