import type { CodecValue } from '../../bytes/codec/codec.ts';
import { struct } from '../../bytes/codec/composites.ts';
import { bool, u32 } from '../../bytes/codec/primitives.ts';
import { toInt64 } from '../arithmetic/int64.ts';
import { ELEMENT_SIZE } from '../model/element-type.ts';
import { lastOf } from '../model/tensor.ts';
import {
  lastDim,
  leadingDims,
  requireConstant,
  requireDims,
  requireInputType,
  requireOutputType,
  requireRange,
} from './checks.ts';
import { meanOf, toWindow, toWindowNumber, windowExponent } from './norm-window.ts';
import {
  integersOf,
  numbersOf,
  type Operator,
  type OperatorNode,
  type OperatorSpec,
  oneRun,
  type RunMemory,
  requireSpec,
  wideOutput,
} from './operator.ts';
import { checkSegments, segmentMacs, segmentOf, segmentReads } from './segment.ts';

const attributes = struct('NormSum', {
  segment: u32,
  /** Σ (x' − μ)², and not Σ x'. */
  square: bool,
});
type Attributes = CodecValue<typeof attributes>;

/** The longest row that is normalized. */
export const NORM_WIDTH_MAX = 16_384;
/** A square of a smaller number is exact, and so is a sum of two. */
const SQUARE_EXACT = 2 ** 26;
const SUM_EXACT = 2 ** 52;

/** Checks x and the tensors that give one number for each of its rows: the maximum, and a sum for the mean. */
export function checkNormInputs(
  spec: OperatorSpec<unknown>,
  types: readonly ('u16' | 'u32' | 'i64')[][],
): number {
  const x = requireInputType(spec, 0, ['i16', 'i32']);
  const width = lastDim(x);
  requireConstant(spec, 'the last axis of input 0', width);
  requireRange(spec, 'the width of a row', width, [1, NORM_WIDTH_MAX]);
  for (const [i, type] of types.entries()) {
    const { dims } = requireInputType(spec, i + 1, type);
    requireDims(spec, `input ${i + 1}`, dims, [...leadingDims(x), 1]);
  }
  return width;
}

function check(spec: OperatorSpec<Attributes>): void {
  const hasMean = spec.inputs.length === 3;
  requireSpec(
    !hasMean || spec.attributes.square,
    spec,
    () => 'has 3 inputs; a mean (input 2) belongs to sums of squares alone',
  );
  checkNormInputs(spec, hasMean ? [['u16', 'u32'], ['i64']] : [['u16', 'u32']]);
  requireOutputType(spec, ['i64']);
  checkSegments(spec, spec.inputs[0]!);
}

/** Σ (x' − μ)², modulo 2^64, of `count` values from `start` on. */
function sumSquares(
  x: ArrayLike<number>,
  start: number,
  count: number,
  exponent: number,
  mean: bigint,
): bigint {
  const meanNumber = Number(mean);
  const isExact = Math.abs(meanNumber) < SUM_EXACT;
  let total = 0n;
  let part = 0;
  for (let i = start; i < start + count; i++) {
    const windowed = toWindowNumber(x[i] as number, exponent);
    const centred = windowed - meanNumber;
    if (isExact && Math.abs(centred) <= SQUARE_EXACT) {
      part += centred * centred;
      if (part < SUM_EXACT) continue;
      total += BigInt(part);
      part = 0;
    } else {
      const exact = BigInt(windowed) - mean;
      total += exact * exact;
    }
  }
  return total + BigInt(part);
}

function run({ attributes, inputs, output }: OperatorNode<Attributes>, memory: RunMemory): void {
  const x = numbersOf(memory, 0);
  const most = numbersOf(memory, 1);
  const y = wideOutput(memory);
  for (let element = 0; element < output.count; element++) {
    const { row, start, count } = segmentOf(inputs[0]!, attributes.segment, element);
    const exponent = windowExponent(most[row] as number);
    if (attributes.square) {
      const mean =
        inputs.length === 3 ? meanOf(integersOf(memory, 2)[row] as bigint, lastOf(inputs[0]!)) : 0n;
      y[element] = sumSquares(x, start, count, exponent, mean);
      continue;
    }
    // 16,384 values below 2^39: exact.
    let sum = 0;
    for (let i = start; i < start + count; i++) sum += toWindowNumber(x[i] as number, exponent);
    y[element] = BigInt(sum);
  }
}

/**
 * Sums over segments of a row of x (input 0) with the largest absolute value of the row (input 1): Σ x', or Σ (x' − μ)²
 * with μ from the row's Σ x' (input 2; without it μ = 0). `rowsum` adds the segments.
 */
export const normSum: Operator<Attributes> = {
  number: 17,
  attributes,
  inputCount: [2, 3],
  combinesLastAxis: true,
  check,
  macs: segmentMacs,
  blobSize: () => 0,
  reads: (node) => [
    segmentReads(node),
    ...node.inputs.slice(1).map(({ type }, i) => ({ source: i + 1, runs: oneRun(ELEMENT_SIZE[type]) })),
  ],
  unit: ({ attributes: { segment, square }, inputs }, element, read) => {
    const { row, start, count } = segmentOf(inputs[0]!, segment, element);
    const exponent = windowExponent(read.numbers(1, row, 1)[0] as number);
    const mean = inputs.length === 3 ? meanOf(read.integers(2, row, 1)[0] as bigint, lastOf(inputs[0]!)) : 0n;
    let sum = 0n;
    for (const value of read.numbers(0, start, count)) {
      const windowed = toInt64(toWindow(BigInt(value), exponent) - mean);
      sum += square ? windowed * windowed : windowed;
    }
    return sum;
  },
  run,
};
