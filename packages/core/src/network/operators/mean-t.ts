import type { CodecValue } from '../../bytes/codec/codec.ts';
import { struct } from '../../bytes/codec/composites.ts';
import { u8, u32 } from '../../bytes/codec/primitives.ts';
import { clamp, divideFloor, roundShift, toInt64 } from '../arithmetic/int64.ts';
import { ELEMENT_SIZE, type ElementType, rangeOf } from '../model/element-type.ts';
import { i32 } from '../model/signed.ts';
import { lastOf } from '../model/tensor.ts';
import {
  ACTIVATIONS_AND_SUMS,
  largest,
  lastDim,
  leadingDims,
  requireInputType,
  requireOutputDims,
  requireOutputType,
  requireRange,
  requireSegmentBytes,
  requireShift,
  requireZeroPoint,
} from './checks.ts';
import { narrowOutput, numbersOf, type Operator, oneRun, requireSpec } from './operator.ts';

const attributes = struct('MeanT', { m: u32, s: u8, zx: i32, zy: i32 });
type Attributes = CodecValue<typeof attributes>;

/** sat(zy + rs((2·sum·m + count) div 2·count, s)). */
function meanValue(sum: number, count: number, { m, s, zy }: Attributes, type: ElementType): bigint {
  const [low, high] = rangeOf(type);
  const doubled = toInt64(2n * BigInt(sum) * BigInt(m) + BigInt(count));
  const mean = divideFloor(doubled, BigInt(2 * count));
  return clamp(toInt64(BigInt(zy) + roundShift(mean, s)), BigInt(low), BigInt(high));
}

/** The scaled mean of the last axis: of x [C][T], what a text is about. */
export const meanT: Operator<Attributes> = {
  number: 26,
  attributes,
  inputCount: [1, 1],
  combinesLastAxis: true,
  check: (spec) => {
    const { m, s, zx, zy } = spec.attributes;
    const input = requireInputType(spec, 0, ACTIVATIONS_AND_SUMS);
    requireOutputType(spec, ACTIVATIONS_AND_SUMS);
    requireSpec(input.dims.length > 1, spec, () => 'the input has 1 axis; it must have at least 2');
    requireOutputDims(spec, leadingDims(input));
    requireSegmentBytes(spec, largest(spec, lastDim(input)), ELEMENT_SIZE[input.type]);
    requireRange(spec, 'm', m, [0, 2 ** 30 - 1]);
    requireShift(spec, s);
    requireZeroPoint(spec, 'zx', zx, input.type);
    requireZeroPoint(spec, 'zy', zy, spec.output.type);
  },
  macs: ({ inputs }) => lastDim(inputs[0]!),
  blobSize: () => 0,
  reads: ({ inputs }) => {
    const input = inputs[0]!;
    return [{ source: 0, runs: oneRun(lastOf(input) * ELEMENT_SIZE[input.type]) }];
  },
  unit: ({ attributes, inputs, output }, element, read) => {
    const count = lastOf(inputs[0]!);
    let sum = 0;
    for (const value of read.numbers(0, element * count, count)) sum += value - attributes.zx;
    return meanValue(sum, count, attributes, output.type);
  },
  run: ({ attributes, inputs, output }, memory) => {
    const count = lastOf(inputs[0]!);
    const x = numbersOf(memory, 0);
    const y = narrowOutput(memory);
    for (let element = 0; element < output.count; element++) {
      let sum = -count * attributes.zx;
      for (let i = element * count; i < (element + 1) * count; i++) sum += x[i] as number;
      y[element] = Number(meanValue(sum, count, attributes, output.type));
    }
  },
};
