import { formatAmount } from '@aivm/core/bytes';

const GROUPS = /\B(?=(\d{3})+(?!\d))/g;
/** From here on an amount reads better in AI; 1 AI is 10^18 of the smallest unit. */
const AI_FROM = 10n ** 13n;
/** Digits behind the point that a table shows. */
const SHORT_DIGITS = 4;

/** An integer with thin spaces between groups of three digits. */
export const groupDigits = (value: bigint | number): string => value.toString().replace(GROUPS, '\u202f');

/** An amount for people, and the exact one. */
export interface ShownAmount {
  readonly number: string;
  readonly unit: 'AI' | 'units';
  /** In the smallest unit. */
  readonly exact: string;
  /** Whether digits were left out of `number`. */
  readonly isRounded: boolean;
}

/**
 * An amount in AI from 0.00001 AI on, and below in the smallest unit.
 *
 * @example showAmount(5_000_000n).number // '5\u202f000\u202f000'
 */
export function showAmount(amount: bigint): ShownAmount {
  const exact = `${groupDigits(amount)} in the smallest unit (1 AI = 10^18)`;
  if (amount < AI_FROM) return { number: groupDigits(amount), unit: 'units', exact, isRounded: false };
  const [whole = '0', fraction = ''] = formatAmount(amount).replace(' AI', '').split('.');
  // Small amounts keep as many digits as make up their first ones.
  const zeros = /^0*/.exec(fraction)?.[0].length ?? 0;
  const digits = whole === '0' ? zeros + SHORT_DIGITS : SHORT_DIGITS;
  const short = fraction.slice(0, digits).replace(/0+$/, '');
  const number = `${groupDigits(BigInt(whole))}${short === '' ? '' : `.${short}`}`;
  return { number, unit: 'AI', exact, isRounded: fraction.length > digits };
}
