import { parseAmount } from '../../bytes/parse-amount.ts';
import { textToAddress } from '../../crypto/address-text.ts';
import { AivmError } from '../../errors/aivm-error.ts';

/** Throws `config_refused` that names the field and what it should be. */
export function refuse(name: string, expected: string): never {
  throw new AivmError('config_refused', `${name}: expected ${expected}`);
}

/** A JSON object, all of whose fields are in `known` (any, when omitted). */
export function objectField(
  json: unknown,
  name: string,
  known?: readonly string[],
): Readonly<Record<string, unknown>> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) refuse(name, 'an object');
  for (const field of Object.keys(json)) {
    if (known !== undefined && !known.includes(field)) {
      throw new AivmError('config_refused', `${name}.${field}: unknown field`);
    }
  }
  return json as Readonly<Record<string, unknown>>;
}

export function listField(json: unknown, name: string): readonly unknown[] {
  if (!Array.isArray(json)) refuse(name, 'a list');
  return json;
}

export function textField(json: unknown, name: string): string {
  if (typeof json !== 'string' || json.length > 65_536 * 2) refuse(name, 'text');
  return json;
}

/** An integer 0…max as number, bigint or decimal text. */
export function uintField(json: unknown, name: string, max: bigint): bigint {
  const isExact = typeof json === 'number' && Number.isSafeInteger(json);
  const isDecimal = typeof json === 'string' && /^\d{1,39}$/.test(json);
  const value = typeof json === 'bigint' ? json : isExact || isDecimal ? BigInt(json) : -1n;
  if (value < 0n || value > max) refuse(name, `an integer 0…${max}`);
  return value;
}

export const integerField = (json: unknown, name: string, max: number): number =>
  Number(uintField(json, name, BigInt(max)));

/** The 20 bytes of an address, its checksum right where its letters carry one. */
export function addressField(text: string, name: string): Uint8Array {
  try {
    return textToAddress(text, name);
  } catch (error) {
    if (error instanceof AivmError) throw new AivmError('config_refused', error.detail, { cause: error });
    throw error;
  }
}

/** An amount 0…max: as an integer, or as text with a unit or an exponent ("1.5 AI", "5e18"). */
export function amountField(json: unknown, name: string, max: bigint): bigint {
  if (typeof json !== 'string') return uintField(json, name, max);
  let amount: bigint;
  try {
    amount = parseAmount(json, name);
  } catch (error) {
    if (error instanceof AivmError) throw new AivmError('config_refused', error.detail, { cause: error });
    throw error;
  }
  return uintField(amount, name, max);
}
