import { AivmError } from '@aivm/core/errors';
import { serializeInferenceWeights } from '@aivm/core/kernels';
import { InferenceWeights } from '@aivm/core/layout';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { classify } from '../../src/kernels/classify.ts';
import { parseInferenceWeights } from '../../src/kernels/weights.ts';

const int8s = (count: number) =>
  fc.array(fc.integer({ min: -128, max: 127 }), { minLength: count, maxLength: count });
const int32s = (count: number) =>
  fc.array(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), { minLength: count, maxLength: count });

const network = fc.record({
  w1: int8s(512),
  b1: int32s(16),
  w2: int8s(16),
  b2: int32s(1),
  shift1: fc.integer({ min: -128, max: 127 }),
  shift2: fc.integer({ min: -128, max: 127 }),
  x: int8s(32),
});

/** The layer in arithmetic of unlimited width, wrapped once at the end. */
function layer(w: number[], b: number[], shift: number, x: number[]): number[] {
  return b.map((bias, unit) => {
    const sum = x.reduce(
      (acc, value, i) => acc + BigInt(w[unit * x.length + i] ?? 0) * BigInt(value),
      BigInt(bias),
    );
    const wrapped = BigInt.asIntN(32, sum) >> BigInt(shift < 0 || shift > 31 ? 31 : shift);
    return Number(wrapped > 127n ? 127n : wrapped < -128n ? -128n : wrapped);
  });
}

describe('classify', () => {
  test('is the two-layer definition for any weights, shifts and input', () => {
    fc.assert(
      fc.property(network, ({ w1, b1, w2, b2, shift1, shift2, x }) => {
        const weights = InferenceWeights.create({
          W1: Int8Array.from(w1),
          B1: b1,
          W2: Int8Array.from(w2),
          B2: b2,
          Shift1: shift1,
          Shift2: shift2,
        });
        const [expected] = layer(w2, b2, shift2, layer(w1, b1, shift1, x));
        const output = classify(
          weights.bytes,
          Uint8Array.from(x, (value) => value & 0xff),
        );
        expect((output << 24) >> 24).toBe(expected);
      }),
    );
  });

  test('names the argument of a wrong size', () => {
    expect(() => classify(new Uint8Array(671), new Uint8Array(32))).toThrow(/^weights: /);
    expect(() => classify(new Uint8Array(672), new Uint8Array(33))).toThrow(/^input: /);
  });
});

describe('inference weights', () => {
  test('parse gives back what was serialized', () => {
    const sized = (size: number) => fc.uint8Array({ minLength: size, maxLength: size });
    fc.assert(
      fc.property(sized(598), sized(32), sized(32), (parameters, modelHash, configHash) => {
        const parts = { parameters, modelHash, configHash };
        expect(parseInferenceWeights(serializeInferenceWeights(parts))).toEqual(parts);
      }),
    );
  });

  test.each([598, 599, 664, 671])('parse refuses a byte in the padding at %i', (offset) => {
    const bytes = new Uint8Array(672);
    bytes[offset] = 1;
    expect(() => parseInferenceWeights(bytes)).toThrow(AivmError);
  });

  test('serialize names the part of a wrong size', () => {
    const parts = {
      parameters: new Uint8Array(597),
      modelHash: new Uint8Array(32),
      configHash: new Uint8Array(32),
    };
    expect(() => serializeInferenceWeights(parts)).toThrow(/^parameters: expected 598 bytes, got 597$/);
  });
});
