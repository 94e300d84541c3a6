import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  clamp,
  divideFloor,
  EXP_TABLE,
  expBelowMaximum,
  integerSquareRoot,
  roundShift,
  roundShiftNumber,
  scale,
  scaleExactly,
  toInt64,
} from '../../src/network/index.ts';

const int64 = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constantFrom(2n ** 63n - 1n, -(2n ** 63n), 0n, 1n, -1n, 2n ** 62n, -(2n ** 62n)),
);
const shift = fc.integer({ min: 0, max: 62 });
/** Signed numbers below 2^bits whose sizes are spread over all powers of two. */
const spread = (bits: number): fc.Arbitrary<number> =>
  fc
    .tuple(fc.integer({ min: 0, max: bits }), fc.double({ min: 0.5, max: 1, noNaN: true }), fc.boolean())
    .map(([size, part, isNegative]) => {
      const value = Math.min(Math.floor(part * 2 ** size), 2 ** bits - 1);
      return isNegative && value !== 0 ? -value : value;
    });

describe('roundShift', () => {
  it('is the quotient by a power of two, half going up', () => {
    fc.assert(
      fc.property(int64, shift, (value, bits) => {
        const divisor = 2n ** BigInt(bits);
        const doubled = 2n * value + divisor;
        const expected =
          (doubled - (((doubled % (2n * divisor)) + 2n * divisor) % (2n * divisor))) / (2n * divisor);
        expect(roundShift(value, bits)).toBe(expected);
      }),
    );
  });

  it.each([
    [2n ** 63n - 1n, 1, 2n ** 62n],
    [2n ** 63n - 1n, 62, 2n],
    [-(2n ** 63n), 62, -2n],
    [2n ** 63n - 1n, 0, 2n ** 63n - 1n],
    [-1n, 1, 0n],
    [-3n, 1, -1n],
    [1n, 1, 1n],
  ])('of %s by %s is %s', (value, bits, expected) => expect(roundShift(value, bits)).toBe(expected));

  it('has the same value in doubles below 2^53', () => {
    fc.assert(
      fc.property(spread(53), shift, (value, bits) => {
        expect(roundShiftNumber(value, bits)).toBe(Number(roundShift(BigInt(value), bits)));
      }),
    );
  });
});

describe('scale', () => {
  it('is scaleExactly for every sum below 2^43, factor below 2^53 and 32-bit bounds', () => {
    const bounds = fc.constantFrom([-128, 127], [-32_768, 32_767], [-(2 ** 31), 2 ** 31 - 1], [5, 9]);
    fc.assert(
      fc.property(
        spread(43),
        fc.oneof(spread(31), spread(53)),
        shift,
        fc.integer({ min: -32_768, max: 32_767 }),
        bounds,
        (sum, mult, bits, zero, [low, high]) => {
          const exact = scaleExactly(BigInt(sum), {
            mult: BigInt(mult),
            shift: bits,
            zero: BigInt(zero),
            low: BigInt(low!),
            high: BigInt(high!),
          });
          expect(scale(sum, mult, bits, zero, low!, high!)).toBe(Number(exact));
        },
      ),
      { numRuns: 5_000 },
    );
  });

  it('wraps where a product leaves 63 bits', () => {
    const bounds = { low: -(2n ** 31n), high: 2n ** 31n - 1n };
    // 2^42 · 2^21 = 2^63, which is −2^63 as an int64.
    expect(scale(2 ** 42, 2 ** 21, 0, 0, -(2 ** 31), 2 ** 31 - 1)).toBe(-(2 ** 31));
    // zy + rs wraps once more: −1 + −2^63 is 2^63 − 1.
    expect(scaleExactly(2n ** 42n, { mult: 2n ** 21n, shift: 0, zero: -1n, ...bounds })).toBe(2n ** 31n - 1n);
    expect(scale(2 ** 42, 2 ** 21, 0, -1, -(2 ** 31), 2 ** 31 - 1)).toBe(2 ** 31 - 1);
  });
});

describe('int64', () => {
  it('wraps modulo 2^64', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 140n), max: 2n ** 140n }), (value) => {
        const wrapped = toInt64(value);
        expect((value - wrapped) % 2n ** 64n).toBe(0n);
        expect(wrapped).toBe(clamp(wrapped, -(2n ** 63n), 2n ** 63n - 1n));
      }),
    );
  });

  it('divides downwards, by at least 1', () => {
    fc.assert(
      fc.property(int64, int64, (dividend, divisor) => {
        const quotient = divideFloor(dividend, divisor);
        const by = divisor < 1n ? 1n : divisor;
        expect(quotient * by <= dividend && dividend < (quotient + 1n) * by).toBe(true);
      }),
    );
  });

  it('takes roots downwards', () => {
    const squares = fc.bigInt({ min: 1n, max: 3_037_000_499n }).map((root) => root * root);
    fc.assert(
      fc.property(
        fc.oneof(
          int64,
          squares,
          squares.map((square) => square - 1n),
        ),
        (value) => {
          const root = integerSquareRoot(value);
          if (value <= 0n) expect(root).toBe(0n);
          else expect(root * root <= value && value < (root + 1n) ** 2n).toBe(true);
        },
      ),
    );
  });
});

describe('the table of powers', () => {
  it('holds round(32767 · 2^(−i/256)), by integer powers', () => {
    expect(EXP_TABLE.length).toBe(256);
    const power = 65_534n ** 256n;
    for (const [i, entry] of EXP_TABLE.entries()) {
      const octaves = 2n ** BigInt(i);
      expect((2n * BigInt(entry) - 1n) ** 256n * octaves <= power, `entry ${i}`).toBe(true);
      expect(power < (2n * BigInt(entry) + 1n) ** 256n * octaves, `entry ${i}`).toBe(true);
    }
  });

  it.each([
    [0, 32_767],
    [256, 16_384],
    [16 * 256, 0],
    [15 * 256, 1],
    [16 * 256 + 255, 0],
    [17 * 256, 0],
    [65_535, 0],
  ])('at distance %i gives %i', (distance, expected) => {
    const entry = BigInt(EXP_TABLE[distance & 255]!);
    const rounded = distance >= 17 * 256 ? 0n : roundShift(entry, distance >> 8);
    expect(BigInt(expBelowMaximum(distance))).toBe(rounded);
    expect(Math.abs(expBelowMaximum(distance) - expected)).toBeLessThanOrEqual(1);
  });
});
