/**
 * The exact integer arithmetic of networks, in bigint. Sums and products are taken modulo 2^64; because wrapping commutes
 * with +, − and ·, an expression is computed in full and wrapped once, before the next shift, division or comparison.
 */

const INT64_MIN = -(1n << 63n);
const INT64_MAX = (1n << 63n) - 1n;

/** The largest shift; a larger byte of a blob counts as this one. */
export const SHIFT_MAX = 62;

/** `value` modulo 2^64, as a signed number. */
export const toInt64 = (value: bigint): bigint =>
  value >= INT64_MIN && value <= INT64_MAX ? value : BigInt.asIntN(64, value);

/** rs: `value` (an int64) divided by 2^`shift`, half goes up. `shift` is 0…62; no intermediate overflows. */
export function roundShift(value: bigint, shift: number): bigint {
  if (shift === 0) return value;
  const bits = BigInt(shift);
  return (value >> bits) + ((value >> (bits - 1n)) & 1n);
}

/** `value` moved to the nearest end of [`low`, `high`]. */
export const clamp = (value: bigint, low: bigint, high: bigint): bigint =>
  value < low ? low : value > high ? high : value;

/** ⌊`dividend` / `divisor`⌋; a divisor below 1 counts as 1. */
export function divideFloor(dividend: bigint, divisor: bigint): bigint {
  if (divisor <= 1n) return dividend;
  const quotient = dividend / divisor;
  return dividend < 0n && quotient * divisor !== dividend ? quotient - 1n : quotient;
}

/** ⌊√`value`⌋; 0 for a negative value. `value` is an int64. */
export function integerSquareRoot(value: bigint): bigint {
  if (value <= 0n) return 0n;
  // A double's root of a 63-bit number is at most 1 off after rounding down.
  let root = BigInt(Math.floor(Math.sqrt(Number(value))));
  while (root * root > value) root--;
  while ((root + 1n) * (root + 1n) <= value) root++;
  return root;
}

/** How many bits `value` (0…2^32 − 1) takes; 0 for 0. */
export const bitLength = (value: number): number => 32 - Math.clz32(value);

/** What a row or an operator scales a sum by: y = clamp(zero + rs(sum · mult, shift), low, high). */
export interface Scale {
  readonly mult: bigint;
  readonly shift: number;
  readonly zero: bigint;
  readonly low: bigint;
  readonly high: bigint;
}

/** clamp(zero + rs(sum · mult, shift), low, high). */
export function scaleExactly(sum: bigint, { mult, shift, zero, low, high }: Scale): bigint {
  return clamp(toInt64(zero + roundShift(toInt64(toInt64(sum) * mult), shift)), low, high);
}
