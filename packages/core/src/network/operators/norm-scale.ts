import type { CodecValue } from '../../bytes/codec/codec.ts';
import { struct } from '../../bytes/codec/composites.ts';
import { u32 } from '../../bytes/codec/primitives.ts';
import { divideFloor, integerSquareRoot, toInt64 } from '../arithmetic/int64.ts';
import { ELEMENT_SIZE } from '../model/element-type.ts';
import {
  lastDim,
  requireDims,
  requireInputType,
  requireOutputDims,
  requireOutputType,
  requireRange,
} from './checks.ts';
import { NORM_WIDTH_MAX } from './norm-sum.ts';
import { windowExponent } from './norm-window.ts';
import { integersOf, numbersOf, type Operator, oneRun, requireSpec, wideOutput } from './operator.ts';

const attributes = struct('NormScale', {
  /** C: how many values were summed. */
  width: u32,
  /** round(ε / s_x²), where s_x is the scale of x. */
  eps: u32,
});
type Attributes = CodecValue<typeof attributes>;

/** 2^49 div max(isqrt((tot div C)·2^14), 1), where tot = squares + ε·C in the unit of the row's window. */
function inverseDeviation({ width, eps }: Attributes, most: number, squares: bigint): bigint {
  const exponent = windowExponent(most);
  const floor = BigInt(eps) * BigInt(width);
  const total = squares + (exponent > 0 ? floor >> BigInt(2 * exponent) : floor << BigInt(-2 * exponent));
  const root = integerSquareRoot(toInt64(divideFloor(toInt64(total), BigInt(width)) << 14n));
  return 2n ** 49n / (root > 1n ? root : 1n);
}

/** R of each row, from its largest absolute value (input 0) and its sum of squares (input 1). */
export const normScale: Operator<Attributes> = {
  number: 18,
  attributes,
  inputCount: [2, 2],
  check: (spec) => {
    const { width } = spec.attributes;
    const most = requireInputType(spec, 0, ['u16', 'u32']);
    const squares = requireInputType(spec, 1, ['i64']);
    requireOutputType(spec, ['i64']);
    requireSpec(
      lastDim(most) === 1,
      spec,
      () => `the last axis of input 0 is ${lastDim(most)}; it must be 1`,
    );
    requireDims(spec, 'input 1', squares.dims, most.dims);
    requireOutputDims(spec, most.dims);
    requireRange(spec, 'width', width, [1, NORM_WIDTH_MAX]);
  },
  macs: () => 4,
  blobSize: () => 0,
  reads: ({ inputs }) => inputs.map(({ type }, source) => ({ source, runs: oneRun(ELEMENT_SIZE[type]) })),
  unit: ({ attributes: { width, eps } }, element, read) => {
    const exponent = windowExponent(read.numbers(0, element, 1)[0] as number);
    let total = read.integers(1, element, 1)[0] as bigint;
    if (exponent > 0) total += (BigInt(eps) * BigInt(width)) / 4n ** BigInt(exponent);
    else total += BigInt(eps) * BigInt(width) * 4n ** BigInt(-exponent);
    const mean = divideFloor(toInt64(total), BigInt(width));
    const root = integerSquareRoot(toInt64(mean * 16_384n));
    return divideFloor(562_949_953_421_312n, root);
  },
  run: ({ attributes, output }, memory) => {
    const most = numbersOf(memory, 0);
    const squares = integersOf(memory, 1);
    const y = wideOutput(memory);
    for (let row = 0; row < output.count; row++)
      y[row] = inverseDeviation(attributes, most[row] as number, squares[row] as bigint);
  },
};
