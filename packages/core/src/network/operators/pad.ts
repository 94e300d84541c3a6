import type { CodecValue } from '../../bytes/codec/codec.ts';
import { list, struct } from '../../bytes/codec/composites.ts';
import { u32 } from '../../bytes/codec/primitives.ts';
import { ELEMENT_RANGE, isNarrow, rangeOf } from '../model/element-type.ts';
import { i32 } from '../model/signed.ts';
import { RANK_MAX } from '../model/tensor.ts';
import { requireConstant, requireRange, requireRank } from './checks.ts';
import { coordinatesOf, copyElements, forEachPlace, offsetOf, stridesOf } from './elements.ts';
import { moveElements } from './moved-elements.ts';
import { type Operator, requireSpec } from './operator.ts';

const attributes = struct('Pad', {
  value: i32,
  /** Places before the input along each axis. */
  before: list(u32, RANK_MAX),
});
type Attributes = CodecValue<typeof attributes>;

/** The input inside of a larger tensor of `value`. */
export const pad: Operator<Attributes> = moveElements({
  number: 32,
  attributes,
  checkShape: (spec, { type, dims }) => {
    const { value, before } = spec.attributes;
    requireRank(spec, 'the output', spec.output, dims.length);
    requireRange(spec, 'the number of `before`', before.length, [dims.length, dims.length]);
    requireRange(spec, 'value', value, isNarrow(type) ? rangeOf(type) : ELEMENT_RANGE.i32);
    for (const [axis, from] of dims.entries()) {
      const to = spec.output.dims[axis];
      const skipped = before[axis]!;
      if (from === to && skipped === 0) continue;
      requireConstant(spec, `axis ${axis} of the input`, from);
      requireConstant(spec, `axis ${axis} of the output`, to);
      requireSpec(
        skipped + from <= to,
        spec,
        () => `puts ${from} places behind ${skipped} along axis ${axis}; the output has ${to}`,
      );
    }
  },
  originOf: ({ attributes: { value, before }, inputs, output }, element) => {
    const { dims } = inputs[0]!;
    const moved = coordinatesOf(output.dims, element).map((coordinate, axis) => coordinate - before[axis]!);
    const isInside = moved.every((coordinate, axis) => coordinate >= 0 && coordinate < dims[axis]!);
    return isInside ? { input: 0, element: offsetOf(moved, stridesOf(dims)) } : { value };
  },
  run: ({ attributes: { value, before }, inputs, output }, memory) => {
    if (memory.output instanceof BigInt64Array) memory.output.fill(BigInt(value));
    else memory.output.fill(value);
    const strides = stridesOf(output.dims);
    const skipped = offsetOf(before, strides);
    let element = 0;
    forEachPlace(inputs[0]!.dims, (coordinates) => {
      const target = skipped + offsetOf(coordinates, strides);
      copyElements(memory.output, target, memory.inputs[0]!, element++, 1);
    });
  },
});
