import { AivmError } from '../errors/aivm-error.ts';

/** Digits behind the point of one AI: 1 AI is 10^18 of the smallest unit. */
const AI_DECIMALS = 18;
/** No amount on chain is wider than a u128, which has 39 digits. */
const DIGITS_MAX = 60;
const EXPONENT_MAX = 60;

const AMOUNT = /^(\d[\d_]*)(?:\.(\d+))?(?:e(\d{1,2}))?(?:\s*(AI))?$/i;

function refuse(text: string, name: string): never {
  const form = 'an exact amount such as "1.5 AI", or one in the smallest unit such as 1000000 or 5e18';
  throw new AivmError('malformed', `${name}: expected ${form}, got "${text.slice(0, DIGITS_MAX)}"`);
}

/**
 * An amount in the smallest unit, exactly: "1.5 AI" is 15 · 10^17, "1.5e18" and "1500000000000000000" are the same.
 * @throws AivmError `malformed` that names `name`, also where the amount would need a part of the smallest unit.
 * @example parseAmount('1.5 AI') // 1_500_000_000_000_000_000n
 */
export function parseAmount(text: string, name = 'amount'): bigint {
  const [, whole = '', fraction = '', exponent = '0', unit] = AMOUNT.exec(text.trim()) ?? [];
  const digits = whole.replaceAll('_', '') + fraction;
  const shift = Number(exponent) + (unit === undefined ? 0 : AI_DECIMALS) - fraction.length;
  if (whole === '' || whole.endsWith('_') || digits.length > DIGITS_MAX || shift > EXPONENT_MAX)
    refuse(text, name);
  if (shift >= 0) return BigInt(digits) * 10n ** BigInt(shift);
  const cut = BigInt(digits);
  const divisor = 10n ** BigInt(-shift);
  if (cut % divisor !== 0n) {
    const detail = `${name}: "${text.slice(0, DIGITS_MAX)}" is not a whole number of the smallest unit (1 AI is 10^${AI_DECIMALS})`;
    throw new AivmError('malformed', detail);
  }
  return cut / divisor;
}

/**
 * An amount in AI, exactly, without zeros at its end: 1500000000000000000 is "1.5 AI".
 * @example formatAmount(1_500_000_000_000_000_000n) // '1.5 AI'
 */
export function formatAmount(amount: bigint): string {
  const digits = amount.toString().padStart(AI_DECIMALS + 1, '0');
  const fraction = digits.slice(-AI_DECIMALS).replace(/0+$/, '');
  return `${digits.slice(0, -AI_DECIMALS)}${fraction === '' ? '' : `.${fraction}`} AI`;
}
