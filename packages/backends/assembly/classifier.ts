import { copy16s } from './words';

// Layer 1 is laid out for i32x4.dot_i16x8_s: for each pair of inputs, 16 units × two i16 weights (64 bytes). One
// splatted pair of inputs then feeds four units at once, and no sum across a vector is needed.
const LAYER1: usize = memory.data(1024, 16);
const BIAS1: usize = memory.data(64, 16);
const LAYER2: usize = memory.data(32, 16);
const WIDE_INPUT: usize = memory.data(64, 16);
let bias2: i32 = 0;
let shift1: i32 = 0;
let shift2: i32 = 0;

/** As bytes, negative shifts are 128…255: everything past 31 fills with the sign. */
function arithmeticShift(weights: usize): i32 {
  const shift = <i32>load<u8>(weights);
  return shift > 31 ? 31 : shift;
}

/** Prepares the 672-byte weights for `classify`. */
export function loadWeights(weights: usize): void {
  for (let unit = 0; unit < 16; unit++) {
    for (let input = 0; input < 32; input++) {
      const at = LAYER1 + (input >> 1) * 64 + unit * 4 + (input & 1) * 2;
      store<i16>(at, load<i8>(weights + unit * 32 + input));
    }
    store<i16>(LAYER2 + unit * 2, load<i8>(weights + unit, 576));
  }
  copy16s(BIAS1, weights + 512, 64);
  bias2 = load<i32>(weights, 592);
  shift1 = arithmeticShift(weights + 596);
  shift2 = arithmeticShift(weights + 597);
}

// @ts-ignore: decorator
@inline
function scaleAndSaturate(sums: v128): v128 {
  return i32x4.max_s(i32x4.min_s(i32x4.shr_s(sums, shift1), i32x4.splat(127)), i32x4.splat(-128));
}

/** The output byte for 32 int8 at `input`. Sums wrap at 32 bits, so their order does not matter. */
export function classify(input: usize): i32 {
  v128.store(WIDE_INPUT, i16x8.extend_low_i8x16_s(v128.load(input)));
  v128.store(WIDE_INPUT, i16x8.extend_high_i8x16_s(v128.load(input)), 16);
  v128.store(WIDE_INPUT, i16x8.extend_low_i8x16_s(v128.load(input, 16)), 32);
  v128.store(WIDE_INPUT, i16x8.extend_high_i8x16_s(v128.load(input, 16)), 48);
  let sums0 = v128.load(BIAS1);
  let sums1 = v128.load(BIAS1, 16);
  let sums2 = v128.load(BIAS1, 32);
  let sums3 = v128.load(BIAS1, 48);
  let weights = LAYER1;
  for (let pair: usize = 0; pair < 16; pair++) {
    const x = v128.load32_splat(WIDE_INPUT + (pair << 2));
    sums0 = i32x4.add(sums0, i32x4.dot_i16x8_s(x, v128.load(weights)));
    sums1 = i32x4.add(sums1, i32x4.dot_i16x8_s(x, v128.load(weights, 16)));
    sums2 = i32x4.add(sums2, i32x4.dot_i16x8_s(x, v128.load(weights, 32)));
    sums3 = i32x4.add(sums3, i32x4.dot_i16x8_s(x, v128.load(weights, 48)));
    weights += 64;
  }
  const low = i16x8.narrow_i32x4_s(scaleAndSaturate(sums0), scaleAndSaturate(sums1));
  const high = i16x8.narrow_i32x4_s(scaleAndSaturate(sums2), scaleAndSaturate(sums3));
  const products = i32x4.add(
    i32x4.dot_i16x8_s(low, v128.load(LAYER2)),
    i32x4.dot_i16x8_s(high, v128.load(LAYER2, 16)),
  );
  const sum =
    bias2 +
    i32x4.extract_lane(products, 0) +
    i32x4.extract_lane(products, 1) +
    i32x4.extract_lane(products, 2) +
    i32x4.extract_lane(products, 3);
  const scaled = sum >> shift2;
  return scaled > 127 ? 127 : scaled < -128 ? -128 : scaled;
}
