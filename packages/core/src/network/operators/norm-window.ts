import { bitLength, divideFloor, roundShift, toInt64 } from '../arithmetic/int64.ts';
import { roundShiftNumber } from '../arithmetic/scaling.ts';

/**
 * Norms look at a row through a window of 22 bits below its largest value. (15 bits lose 4.7 % where one value is 1,000
 * times the others; 22 lose 0.03 %.)
 */
const WINDOW_BITS = 22;
/** Small rows are not magnified by more than 2^8. */
const EXPONENT_MIN = -8;

/** e of a row whose largest absolute value is `most`: its values count in units of 2^e. −8…10. */
export const windowExponent = (most: number): number => Math.max(bitLength(most) - WINDOW_BITS, EXPONENT_MIN);

/** x' = rs(x, e), or x · 2^−e for e ≤ 0. */
export function toWindow(x: bigint, exponent: number): bigint {
  return exponent > 0 ? roundShift(x, exponent) : x << BigInt(-exponent);
}

/** {@link toWindow} of an i32, in doubles: below 2^39. */
export const toWindowNumber = (x: number, exponent: number): number =>
  exponent > 0 ? roundShiftNumber(x, exponent) : x * 2 ** -exponent;

/** μ = (2·sum + width) div (2·width), the rounded mean of a row. */
export function meanOf(sum: bigint, width: number): bigint {
  const count = BigInt(width);
  return divideFloor(toInt64(2n * sum + count), 2n * count);
}
