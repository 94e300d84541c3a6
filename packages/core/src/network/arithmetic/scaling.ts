import { clamp, roundShift, toInt64 } from './int64.ts';

/**
 * The arithmetic of int64.ts in doubles, for the loops of a run. Each function says within which bounds doubles are exact;
 * outside them it takes the way through bigint, so that every bit pattern gives the same result on both ways.
 */

const EXACT = 2 ** 53;
/** Below this product nothing wraps, and the sign of a result that is far out of range is known. */
const UNWRAPPED = 2 ** 62;
/** The factor is cut here, so that both partial products stay exact. */
const CUT_BITS = 10;
const CUT = 2 ** CUT_BITS;

/** 2^−(s − 1) for each shift s from 1 on. */
const HALVED_SCALE = Float64Array.from({ length: 64 }, (_, shift) => 2 ** (1 - shift));

/** rs for |`value`| < 2^53 and `shift` 0…62. */
export function roundShiftNumber(value: number, shift: number): number {
  if (shift === 0) return value;
  return Math.floor((Math.floor(value * (HALVED_SCALE[shift] as number)) + 1) / 2);
}

/**
 * clamp(`zero` + rs(`sum` · `mult`, `shift`), `low`, `high`) for |`sum`| < 2^43, an integer |`mult`| < 2^53 and bounds
 * within 32 bits.
 */
export function scale(
  sum: number,
  mult: number,
  shift: number,
  zero: number,
  low: number,
  high: number,
): number {
  const product = sum * mult;
  const size = Math.abs(product);
  let rounded: number;
  if (size < EXACT) {
    rounded = roundShiftNumber(product, shift);
  } else if (size < UNWRAPPED) {
    // |rs| is at least 2^42 here: far outside of 32 bits.
    if (shift <= CUT_BITS) return product > 0 ? high : low;
    // ⌊⌊p / 2^10⌋ / 2^k⌋ = ⌊p / 2^(10 + k)⌋, and p / 2^10 is below 2^52.
    const upper = Math.floor(mult / CUT);
    const lower = mult - upper * CUT;
    rounded = roundShiftNumber(sum * upper + Math.floor((sum * lower) / CUT), shift - CUT_BITS);
  } else {
    return scaleWrapped(sum, mult, shift, zero, low, high);
  }
  const moved = zero + rounded;
  return moved < low ? low : moved > high ? high : moved;
}

function scaleWrapped(
  sum: number,
  mult: number,
  shift: number,
  zero: number,
  low: number,
  high: number,
): number {
  const rounded = roundShift(toInt64(BigInt(sum) * BigInt(mult)), shift);
  return Number(clamp(toInt64(BigInt(zero) + rounded), BigInt(low), BigInt(high)));
}

/** `value` moved to the nearest end of [`low`, `high`]. */
export const clampNumber = (value: number, low: number, high: number): number =>
  value < low ? low : value > high ? high : value;
