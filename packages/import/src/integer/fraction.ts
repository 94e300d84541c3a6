/** A factor of integers: x · mult ÷ 2^shift. */
export interface Fraction {
  readonly mult: number;
  readonly shift: number;
}

const SHIFT_MAX = 62;

/**
 * The nearest mult ÷ 2^shift to a positive `scale`, with a mult of `bits` bits where the shift allows it. Its relative
 * error is 2^−bits.
 *
 * @throws RangeError for a scale that is not positive or above 2^bits
 */
export function fractionOf(scale: number, bits: number): Fraction {
  if (!(scale > 0) || !Number.isFinite(scale))
    throw new RangeError(`scale: expected a positive number, got ${scale}`);
  const exponent = Math.floor(Math.log2(scale)) + 1;
  const shift = Math.min(bits - exponent, SHIFT_MAX);
  if (shift < 0) throw new RangeError(`scale: expected at most 2^${bits}, got ${scale}`);
  const mult = Math.round(scale * 2 ** shift);
  return mult < 2 ** bits ? { mult, shift } : { mult: mult / 2, shift: shift - 1 };
}
