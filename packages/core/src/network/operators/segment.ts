import type { CodecValue } from '../../bytes/codec/codec.ts';
import { struct } from '../../bytes/codec/composites.ts';
import { u32 } from '../../bytes/codec/primitives.ts';
import type { Dimension } from '../model/dimension.ts';
import { ELEMENT_SIZE } from '../model/element-type.ts';
import { lastOf, type Shape, type TensorSpec } from '../model/tensor.ts';
import {
  largest,
  lastDim,
  leadingDims,
  requireOutputDims,
  requireSegmentBytes,
  segmentCount,
} from './checks.ts';
import { type OperatorNode, type OperatorSpec, oneRun, type UnitReads } from './operator.ts';

/** A reduction of the last axis by segments; the last segment may be shorter. Applied again, it reduces the results. */
export const segmentAttributes = struct('Segment', { segment: u32 });
export type SegmentAttributes = CodecValue<typeof segmentAttributes>;

/** The output has the input's axes, the last one with as many places as there are segments. */
export function checkSegments(spec: OperatorSpec<SegmentAttributes>, input: TensorSpec): void {
  const { segment } = spec.attributes;
  const count = segmentCount(spec, 'the last axis', lastDim(input), segment);
  requireOutputDims(spec, [...leadingDims(input), count]);
  requireSegmentBytes(spec, Math.min(segment, largest(spec, lastDim(input))), ELEMENT_SIZE[input.type]);
}

/** Elements of a full segment. */
export function segmentMacs({ attributes: { segment }, inputs }: OperatorSpec<SegmentAttributes>): Dimension {
  const length = lastDim(inputs[0]!);
  return typeof length === 'number' ? Math.min(segment, length) : length;
}

/** Where the segment of output element `element` begins in the input, and how long it is. */
export function segmentOf(
  input: Shape,
  segment: number,
  element: number,
): { row: number; offset: number; start: number; count: number } {
  const width = lastOf(input);
  const perRow = Math.ceil(width / segment);
  const row = Math.floor(element / perRow);
  const offset = (element % perRow) * segment;
  return { row, offset, start: row * width + offset, count: Math.min(segment, width - offset) };
}

/** The reads of a full segment of the first input. */
export function segmentReads({
  attributes: { segment },
  inputs,
}: OperatorNode<SegmentAttributes>): UnitReads {
  const input = inputs[0]!;
  return { source: 0, runs: oneRun(Math.min(segment, lastOf(input)) * ELEMENT_SIZE[input.type]) };
}
