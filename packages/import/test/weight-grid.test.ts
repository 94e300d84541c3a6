import { describe, expect, it } from 'vitest';
import { ownStep, quantiseRow } from '../src/integer/weight-grid.ts';

/** Weights as a file of floats of 32 bits holds them. */
const row = (integers: readonly number[], step: number): Float32Array =>
  Float32Array.from(integers, (value) => Math.fround(value * step));

describe('a row of weights', () => {
  it.each([
    [[3, -127, 44, 5, 0, 1], 0.0123],
    [[6, -100, 44, 10, 0, 2], 1e-6],
    [[-7, 14, 21, 127, -35, 0, 3], 250],
  ])('%j that was quantised in steps of %d keeps its grid', (integers, step) => {
    const { weights, isOwn } = quantiseRow(row(integers, step), 0);
    expect(isOwn).toBe(true);
    // The step may be a whole number of those it was quantised by: every weight is exact all the same.
    const ratio = integers[1]! / weights[1]!;
    expect([...weights].map((value) => value * ratio)).toEqual(integers);
  });

  it('of floats has no grid of its own, and reaches ±127', () => {
    const values = Float32Array.from({ length: 50 }, (_, i) => Math.sin(i * 1.7) * 0.3);
    expect(ownStep(values)).toBeUndefined();
    const { weights, step, isOwn } = quantiseRow(values, 0);
    expect(isOwn).toBe(false);
    expect(Math.max(...[...weights].map(Math.abs))).toBe(127);
    for (const [i, value] of values.entries())
      expect(Math.abs(weights[i]! * step - value)).toBeLessThanOrEqual(step / 2);
  });

  it('of integers beyond 127 has no grid of its own: nothing of int8 holds it', () => {
    expect(ownStep(row([1, -2, 200, 77, 3], 0.5))).toBeUndefined();
  });

  it('of zeros is zeros', () => {
    expect([...quantiseRow(new Float32Array(4), 0).weights]).toEqual([0, 0, 0, 0]);
  });

  it('takes no finer steps than its bias allows', () => {
    expect(quantiseRow(Float32Array.of(1e-9, 2e-9, 3e-9, 5.5e-9), 1e-6).step).toBe(1e-6);
  });
});
