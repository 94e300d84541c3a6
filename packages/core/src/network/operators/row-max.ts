import type { CodecValue } from '../../bytes/codec/codec.ts';
import { struct } from '../../bytes/codec/composites.ts';
import { bool, u32 } from '../../bytes/codec/primitives.ts';
import { ELEMENT_TYPES, type ElementType, isNarrow } from '../model/element-type.ts';
import { requireInputType, requireOutputType } from './checks.ts';
import {
  integersOf,
  narrowOutput,
  numbersOf,
  type Operator,
  type OperatorNode,
  type RunMemory,
  wideOutput,
} from './operator.ts';
import { checkSegments, segmentMacs, segmentOf, segmentReads } from './segment.ts';

const attributes = struct('RowMax', { segment: u32, abs: bool });
type Attributes = CodecValue<typeof attributes>;

/** The type of |x|: wide enough for that of the smallest value. */
const ABSOLUTE_TYPE: Readonly<Partial<Record<ElementType, ElementType>>> = { i16: 'u16', i32: 'u32' };

function runNarrow(
  { attributes: { segment, abs }, inputs, output }: OperatorNode<Attributes>,
  memory: RunMemory,
): void {
  const x = numbersOf(memory, 0);
  const y = narrowOutput(memory);
  for (let element = 0; element < output.count; element++) {
    const { start, count } = segmentOf(inputs[0]!, segment, element);
    let most = -Infinity;
    for (let i = start; i < start + count; i++) {
      const value = abs ? Math.abs(x[i] as number) : (x[i] as number);
      if (value > most) most = value;
    }
    y[element] = most;
  }
}

function runWide(
  { attributes: { segment }, inputs, output }: OperatorNode<Attributes>,
  memory: RunMemory,
): void {
  const x = integersOf(memory, 0);
  const y = wideOutput(memory);
  for (let element = 0; element < output.count; element++) {
    const { start, count } = segmentOf(inputs[0]!, segment, element);
    let most = x[start] as bigint;
    for (const value of x.subarray(start, start + count)) if (value > most) most = value;
    y[element] = most;
  }
}

/** The maximum of each segment of the last axis, or of its absolute values. A u64 is compared as an int64. */
export const rowMax: Operator<Attributes> = {
  number: 13,
  attributes,
  inputCount: [1, 1],
  combinesLastAxis: true,
  keepsCausalMask: true,
  check: (spec) => {
    const { abs } = spec.attributes;
    const input = requireInputType(spec, 0, abs ? ['i16', 'i32'] : ELEMENT_TYPES);
    requireOutputType(spec, [(abs ? ABSOLUTE_TYPE[input.type] : undefined) ?? input.type]);
    checkSegments(spec, input);
  },
  macs: segmentMacs,
  blobSize: () => 0,
  reads: (node) => [segmentReads(node)],
  unit: ({ attributes: { segment, abs }, inputs }, element, read) => {
    const { start, count } = segmentOf(inputs[0]!, segment, element);
    const values = isNarrow(inputs[0]!.type)
      ? Array.from(read.numbers(0, start, count), BigInt)
      : Array.from(read.integers(0, start, count));
    return values
      .map((value) => (abs && value < 0n ? -value : value))
      .reduce((most, value) => (value > most ? value : most));
  },
  run: (node, memory) => (isNarrow(node.output.type) ? runNarrow : runWide)(node, memory),
};
