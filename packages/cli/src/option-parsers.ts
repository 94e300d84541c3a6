import { isIP } from 'node:net';
import { hexToBytes, isHex, parseAmount } from '@aivm/core/bytes';
import { textToAddress } from '@aivm/core/crypto';
import { AivmError } from '@aivm/core/errors';
import { InvalidArgumentError } from 'commander';

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** A parser that says what it takes. */
export interface IntegerOption {
  (text: string): number;
  readonly bounds: { readonly min: number; readonly max: number };
}

/** An integer option within bounds, e.g. a port or a count. */
export const integerOption = (min: number, max: number): IntegerOption =>
  Object.assign(
    (text: string): number => {
      const value = Number(text);
      if (!/^\d+$/.test(text) || value < min || value > max) {
        throw new InvalidArgumentError(`Expected an integer ${min}…${max}.`);
      }
      return value;
    },
    { bounds: { min, max } },
  );

/** A duration such as 100ms, 2s, 5m or 1h, or a number of milliseconds without a unit; in milliseconds. */
export function durationOption(text: string): number {
  const [, digits = '', unit = ''] = /^(\d{1,9})(ms|s|m|h|)$/.exec(text) ?? [];
  const value = Number(digits) * (UNIT_MS[unit === '' ? 'ms' : unit] ?? Number.NaN);
  if (digits === '' || !Number.isSafeInteger(value)) {
    throw new InvalidArgumentError('Expected a duration such as 100ms, 2s or 5m, or milliseconds.');
  }
  return value;
}

/** What commander shows of a value that a parser of the core refuses. */
function argumentOf<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof AivmError) throw new InvalidArgumentError(error.detail);
    throw error;
  }
}

/** An exact amount: `1.5 AI`, or in the smallest unit, with `_` between digits or an exponent as in 5e18. */
export const amountOption = (text: string): bigint => argumentOf(() => parseAmount(text));

/** A 20-byte address: 0x and 40 hex digits, the checksum right where the letters carry one (EIP-55). */
export const addressOption = (text: string): Uint8Array => argumentOf(() => textToAddress(text));

/** Bytes in hex, with or without 0x. */
export function bytesOption(text: string): Uint8Array {
  if (!isHex(text)) throw new InvalidArgumentError('Expected hex digits, two for each byte.');
  return hexToBytes(text);
}

/** An address or a subnet such as 10.0.0.0/8, added to those that were given before. */
export function subnetOption(text: string, before: readonly string[]): readonly string[] {
  const [address = '', bits = '0'] = text.split('/');
  const bitsMax = { 4: 32, 6: 128 }[isIP(address)] ?? -1;
  if (!/^\d{1,3}$/.test(bits) || Number(bits) > bitsMax || text.split('/').length > 2) {
    throw new InvalidArgumentError('Expected an address such as 127.0.0.1, or a subnet such as 10.0.0.0/8.');
  }
  return [...before, text];
}

/** A chain id: an integer 0…2^64 − 1. */
export function chainIdOption(text: string): bigint {
  if (!/^\d{1,20}$/.test(text) || BigInt(text) >= 2n ** 64n)
    throw new InvalidArgumentError('Expected an integer 0…2^64 − 1.');
  return BigInt(text);
}

/** A hash of 32 bytes in hex. */
export function hashOption(text: string): Uint8Array {
  const bytes = bytesOption(text);
  if (bytes.length !== 32) throw new InvalidArgumentError('Expected a hash: 0x and 64 hex digits.');
  return bytes;
}

/** A comma-separated list without empty members. */
export const listOption = (text: string): readonly string[] =>
  text
    .split(',')
    .map((member) => member.trim())
    .filter((member) => member !== '');

/** Addresses of nodes, separated by commas. None at all is an error: a variable that is not set must not mean "alone". */
export function nodeListOption(text: string): readonly string[] {
  const urls = text.split(',').map((url) => url.trim());
  if (urls.includes(''))
    throw new InvalidArgumentError(`expected addresses such as http://127.0.0.1:9650, got "${text}"`);
  return urls;
}

/** A block as `HEIGHT:ID`, the id in hex. */
export function trustedBlockOption(text: string): { readonly height: number; readonly id: Uint8Array } {
  const [, height = '', id = ''] = /^(\d{1,15}):(?:0x)?([0-9a-fA-F]{64})$/.exec(text) ?? [];
  if (id === '')
    throw new InvalidArgumentError(
      `expected HEIGHT:ID, the id as 64 hex digits, got "${text.slice(0, 100)}"`,
    );
  return { height: Number(height), id: hexToBytes(id) };
}
