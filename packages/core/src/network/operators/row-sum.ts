import type { CodecValue } from '../../bytes/codec/codec.ts';
import { struct } from '../../bytes/codec/composites.ts';
import { bool, u32 } from '../../bytes/codec/primitives.ts';
import { ELEMENT_TYPES, isNarrow } from '../model/element-type.ts';
import { requireInputType, requireOutputType } from './checks.ts';
import { integersOf, numbersOf, type Operator, wideOutput } from './operator.ts';
import { checkSegments, segmentMacs, segmentOf, segmentReads } from './segment.ts';

const attributes = struct('RowSum', { segment: u32, abs: bool });
type Attributes = CodecValue<typeof attributes>;

/** The sum of each segment of the last axis, or of its absolute values, modulo 2^64. */
export const rowSum: Operator<Attributes> = {
  number: 14,
  attributes,
  inputCount: [1, 1],
  combinesLastAxis: true,
  keepsCausalMask: true,
  check: (spec) => {
    const input = requireInputType(spec, 0, spec.attributes.abs ? ['i16', 'i32'] : ELEMENT_TYPES);
    requireOutputType(spec, ['i64']);
    checkSegments(spec, input);
  },
  macs: segmentMacs,
  blobSize: () => 0,
  reads: (node) => [segmentReads(node)],
  unit: ({ attributes: { segment, abs }, inputs }, element, read) => {
    const { start, count } = segmentOf(inputs[0]!, segment, element);
    let sum = 0n;
    if (isNarrow(inputs[0]!.type)) {
      for (const value of read.numbers(0, start, count)) sum += BigInt(abs ? Math.abs(value) : value);
    } else {
      for (const value of read.integers(0, start, count)) sum += value;
    }
    return sum;
  },
  run: ({ attributes: { segment, abs }, inputs, output }, memory) => {
    const y = wideOutput(memory);
    const isWide = !isNarrow(inputs[0]!.type);
    for (let element = 0; element < output.count; element++) {
      const { start, count } = segmentOf(inputs[0]!, segment, element);
      if (isWide) {
        y[element] = integersOf(memory, 0)
          .subarray(start, start + count)
          .reduce((sum, value) => sum + value, 0n);
        continue;
      }
      const x = numbersOf(memory, 0);
      // At most 16,384 values below 2^32: exact.
      let sum = 0;
      for (let i = start; i < start + count; i++) sum += abs ? Math.abs(x[i] as number) : (x[i] as number);
      y[element] = BigInt(sum);
    }
  },
};
