import { bytesToHex, hexToBytes, isHex } from '@aivm/core/bytes';
import { addressToText, textToAddress } from '@aivm/core/crypto';
import { parseDurationMs } from '@aivm/core/state';
import type { z } from 'zod';
import { base64ToBytes, bytesToBase64 } from '../encoding/base64.ts';
import { bytesToCb58, cb58ToBytes } from '../encoding/cb58.ts';
import { timestampToSeconds } from '../encoding/timestamp.ts';
import { showValue, wire } from './wire.ts';

const U64_MAX = 2n ** 64n - 1n;
const U128_MAX = 2n ** 128n - 1n;
const DECIMAL = /^(0|[1-9]\d{0,38})$/;
const NUMERIC_TEXT = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;

/** An exact integer of a JSON number or a decimal string. */
function integerOf(value: unknown, expected: string): bigint {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
  if (typeof value === 'string' && DECIMAL.test(value)) return BigInt(value);
  const isNumeric = typeof value === 'number' || (typeof value === 'string' && NUMERIC_TEXT.test(value));
  const message = `expected ${expected}, got ${showValue(value)}`;
  throw isNumeric ? new RangeError(message) : new TypeError(message);
}

function unsigned(value: unknown, max: bigint, expected: string): bigint {
  const integer = integerOf(value, expected);
  if (integer < 0n || integer > max) throw new RangeError(`expected ${expected}, got ${integer}`);
  return integer;
}

function textOf(value: unknown, expected: string): string {
  if (typeof value !== 'string') throw new TypeError(`expected ${expected}, got ${showValue(value)}`);
  return value;
}

/** What is written must be bytes: a union tries each of its forms until one fits. */
function bytesOf(value: unknown, size?: number): Uint8Array {
  if (!(value instanceof Uint8Array)) throw new TypeError(`expected bytes, got ${showValue(value)}`);
  if (size !== undefined && value.length !== size) {
    throw new RangeError(`expected ${size} bytes, got ${value.length}`);
  }
  return value;
}

/** A JSON integer of any size, or a decimal string; bigint in memory, an exact integer on the wire. */
export const uint64: z.ZodType<bigint, unknown> = wire({
  schema: { type: 'integer', format: 'uint64', minimum: 0, description: 'A decimal string is accepted too.' },
  decode: (value) => unsigned(value, U64_MAX, 'an integer 0…2^64−1'),
  encode: (value) => unsigned(value, U64_MAX, 'an integer 0…2^64−1'),
});

/** An amount that may pass 64 bits: a decimal string on the wire (an exact integer is accepted), bigint in memory. */
export const amount: z.ZodType<bigint, unknown> = wire({
  schema: {
    type: 'string',
    pattern: '^(0|[1-9][0-9]*)$',
    description: 'A decimal integer; an exact JSON integer is accepted too.',
  },
  decode: (value) => unsigned(value, U128_MAX, 'a decimal string 0…2^128−1'),
  encode: (value) => String(unsigned(value, U128_MAX, 'a decimal string 0…2^128−1')),
});

/** A whole number up to `max`, a number in memory. */
export const count = (max: number = Number.MAX_SAFE_INTEGER): z.ZodType<number, unknown> =>
  wire({
    schema: { type: 'integer', minimum: 0, maximum: max },
    decode: (value) => Number(unsigned(value, BigInt(max), `an integer 0…${max}`)),
    encode: (value) => Number(unsigned(value, BigInt(max), `an integer 0…${max}`)),
  });

/** Bytes as base64 text, as Go writes []byte. null is accepted as no bytes, as Go writes nil. */
export const base64Bytes: z.ZodType<Uint8Array, unknown> = wire({
  schema: { type: 'string', contentEncoding: 'base64' },
  decode: (value) =>
    value === null ? new Uint8Array(0) : base64ToBytes(textOf(value, 'base64 text'), 'bytes'),
  encode: (value) => bytesToBase64(bytesOf(value)),
});

/** Bytes as 0x-hex. `size` fixes their number. */
export const hexBytes = (size?: number): z.ZodType<Uint8Array, unknown> =>
  wire({
    schema: {
      type: 'string',
      pattern: size === undefined ? '^0x([0-9a-f]{2})*$' : `^0x[0-9a-f]{${2 * size}}$`,
    },
    decode: (value) => {
      const text = textOf(value, 'hex text');
      if (!isHex(text)) throw new TypeError(`expected hex text, got ${showValue(text)}`);
      const bytes = hexToBytes(text);
      if (size !== undefined && bytes.length !== size)
        throw new RangeError(`expected ${size} bytes, got ${bytes.length}`);
      return bytes;
    },
    encode: (value) => `0x${bytesToHex(bytesOf(value, size))}`,
  });

function byteOf(value: unknown): number {
  if (!Number.isInteger(value) || (value as number) < 0 || (value as number) > 255) {
    throw new RangeError(`expected an integer 0…255, got ${showValue(value)}`);
  }
  return value as number;
}

/** 32 bytes as an array of 32 numbers, as Go writes [32]byte; hex is accepted too. */
export const byteArray32: z.ZodType<Uint8Array, unknown> = wire({
  schema: {
    type: 'array',
    items: { type: 'integer', minimum: 0, maximum: 255 },
    minItems: 32,
    maxItems: 32,
    description: 'Hex text is accepted too.',
  },
  decode: (value) => {
    const isText = typeof value === 'string';
    if (isText && !isHex(value)) throw new TypeError(`expected 32 numbers or hex, got ${showValue(value)}`);
    if (!isText && !Array.isArray(value))
      throw new TypeError(`expected 32 numbers or hex, got ${showValue(value)}`);
    const bytes = isText ? hexToBytes(value) : Uint8Array.from(value.map(byteOf));
    if (bytes.length !== 32) throw new RangeError(`expected 32 bytes, got ${bytes.length}`);
    return bytes;
  },
  encode: (value) => [...bytesOf(value, 32)],
});

/** A 20-byte address; written with its EIP-55 checksum. */
export const addressText: z.ZodType<Uint8Array, unknown> = wire({
  schema: { type: 'string', pattern: '^0x[0-9a-fA-F]{40}$' },
  decode: (value) => textToAddress(textOf(value, 'an address')),
  encode: (value) => addressToText(bytesOf(value, 20)),
});

/** A 32-byte block id in CB58; hex is accepted too. */
export const blockIdText: z.ZodType<Uint8Array, unknown> = wire({
  schema: { type: 'string', description: 'CB58; hex is accepted too.' },
  decode: (value) => parseBlockId(textOf(value, 'a block id')),
  encode: (value) => bytesToCb58(bytesOf(value, 32)),
});

/**
 * The 32 bytes of a block id in CB58 or hex.
 * @throws AivmError `malformed`.
 * @throws RangeError.
 * @example parseBlockId('11111111111111111111111111111111LpoYY') // new Uint8Array(32)
 */
export function parseBlockId(text: string): Uint8Array {
  const bytes = isHex(text) && text.length >= 64 ? hexToBytes(text) : cb58ToBytes(text, 'block id');
  if (bytes.length !== 32) throw new RangeError(`block id: expected 32 bytes, got ${bytes.length}`);
  return bytes;
}

/** RFC 3339 text in UTC; it stays text in memory. */
export const timestamp: z.ZodType<string, unknown> = wire({
  schema: { type: 'string', format: 'date-time' },
  decode: (value) => {
    const text = textOf(value, 'an RFC 3339 time');
    timestampToSeconds(text);
    return text;
  },
  encode: (value) => textOf(value, 'an RFC 3339 time'),
});

/** A decimal number, as a JSON number or text; text in memory, because the protocol has no floats. */
export const decimalText: z.ZodType<string, unknown> = wire({
  schema: { type: 'number' },
  decode: (value) => {
    const text =
      typeof value === 'number' || typeof value === 'bigint' ? String(value) : textOf(value, 'a number');
    if (!NUMERIC_TEXT.test(text)) throw new TypeError(`expected a number, got ${showValue(value)}`);
    if (!Number.isFinite(Number(text)))
      throw new RangeError(`expected a finite number, got ${showValue(value)}`);
    return text;
  },
  // What is on chain may be any text: a number that JSON cannot write is shown as 0.
  encode: (value) => {
    const number = NUMERIC_TEXT.test(value) ? Number(value) : 0;
    return Number.isFinite(number) ? number : 0;
  },
});

/** Any JSON. Missing is not JSON: null is. */
export const anyJson: z.ZodType<unknown, unknown> = wire({
  schema: { description: 'Any JSON.' },
  decode: (value) => {
    if (value === undefined) throw new TypeError('expected JSON, got nothing');
    return value;
  },
  encode: (value) => value,
});

/** The longest wait that a request may ask for, milliseconds. */
export const WAIT_MS_MAX = 60_000;

/** A Go duration such as "30s" or "1m"; milliseconds in memory, at most a minute. */
export const waitDuration: z.ZodType<number, unknown> = wire({
  schema: { type: 'string', pattern: '^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$', description: 'At most 60s.' },
  decode: (value) => {
    const text = textOf(value, 'a duration such as "30s"');
    const ms = text === '0' ? 0 : durationMs(text);
    if (ms > WAIT_MS_MAX) throw new RangeError(`expected at most ${WAIT_MS_MAX / 1_000}s, got "${text}"`);
    return ms;
  },
  encode: (value) => `${Math.min(WAIT_MS_MAX, Math.max(0, Math.floor(value)))}ms`,
});

function durationMs(text: string): number {
  try {
    return parseDurationMs(text, 'wait');
  } catch (cause) {
    throw new TypeError(`expected a duration such as "30s", got ${showValue(text)}`, { cause });
  }
}
