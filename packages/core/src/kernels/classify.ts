import { assertBytes } from '../bytes/bytes.ts';
import { InferenceHidden, InferenceInDim, InferenceWeights } from '../layout/inference-weights.ts';
import { readU32 } from './words.ts';

const layout = InferenceWeights.fields;

/** Written by every call before it is read: one buffer serves all. */
const hidden = new Uint8Array(InferenceHidden);

/** One signed byte out of a byte that stores it. */
const signed = (byte: number | undefined): number => ((byte as number) << 24) >> 24;

/** Bias plus dot product in index order, wrapping at 32 bits; shifted down; saturated to an int8, as a byte. */
function unit(
  weights: Uint8Array,
  [weightOffset, biasOffset, shiftOffset]: readonly [number, number, number],
  x: Uint8Array,
  xOffset: number,
  width: number,
): number {
  let sum = readU32(weights, biasOffset) | 0;
  for (let i = 0; i < width; i++) {
    sum = (sum + Math.imul(signed(weights[weightOffset + i]), signed(x[xOffset + i]))) | 0;
  }
  const shift = weights[shiftOffset] as number;
  // As bytes, negative shifts are 128…255: everything past 31 fills with the sign.
  const scaled = sum >> (shift > 31 ? 31 : shift);
  return Math.max(-128, Math.min(127, scaled)) & 0xff;
}

/** The classifier over 32 int8 at `inputOffset` of `inputs`: one int8, as a byte. Nothing is checked here. */
export function classifyAt(weights: Uint8Array, inputs: Uint8Array, inputOffset: number): number {
  for (let h = 0; h < InferenceHidden; h++) {
    const row = layout.W1.offset + h * InferenceInDim;
    const places = [row, layout.B1.offset + 4 * h, layout.Shift1.offset] as const;
    hidden[h] = unit(weights, places, inputs, inputOffset, InferenceInDim);
  }
  const places = [layout.W2.offset, layout.B2.offset, layout.Shift2.offset] as const;
  return unit(weights, places, hidden, 0, InferenceHidden);
}

/**
 * The inference arithmetic of kernel 5 alone: 32 int8 (as bytes) through the 32→16→1 network of an
 * {@link InferenceWeights} struct. About 3 µs.
 *
 * @returns the output int8 as a byte, 0…255
 * @throws TypeError or RangeError that names `weights` or `input` when it is not 672 or 32 bytes
 */
export function classify(weights: Uint8Array, input: Uint8Array): number {
  assertBytes(weights, 'weights', InferenceWeights.SIZE);
  assertBytes(input, 'input', InferenceInDim);
  return classifyAt(weights, input, 0);
}
