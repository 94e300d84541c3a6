import type { CodecValue } from '../../bytes/codec/codec.ts';
import { struct } from '../../bytes/codec/composites.ts';
import { u8, u32 } from '../../bytes/codec/primitives.ts';
import { product } from '../model/tensor.ts';
import { requireConstant, requireDims } from './checks.ts';
import { coordinatesOf, copyElements, offsetOf, stridesOf } from './elements.ts';
import { moveElements } from './moved-elements.ts';
import { type Operator, requireSpec } from './operator.ts';

const attributes = struct('Slice', { axis: u8, start: u32 });
type Attributes = CodecValue<typeof attributes>;

/** As many places from `start` on along `axis` as the output has. */
export const slice: Operator<Attributes> = moveElements({
  number: 31,
  attributes,
  checkShape: (spec, { dims }) => {
    const { axis, start } = spec.attributes;
    requireSpec(axis < dims.length, spec, () => `axis is ${axis}; it must be below ${dims.length}`);
    const [from, to] = [dims[axis], spec.output.dims[axis]];
    requireConstant(spec, `axis ${axis} of the input`, from);
    requireConstant(spec, `axis ${axis} of the output`, to);
    requireDims(spec, 'the output', spec.output.dims, dims.with(axis, to));
    requireSpec(start + to <= from, spec, () => `takes places ${start}…${start + to - 1} of ${from}`);
  },
  originOf: ({ attributes: { axis, start }, inputs, output }, element) => {
    const coordinates = coordinatesOf(output.dims, element);
    const moved = coordinates.with(axis, coordinates[axis]! + start);
    return { input: 0, element: offsetOf(moved, stridesOf(inputs[0]!.dims)) };
  },
  run: ({ attributes: { axis, start }, inputs, output }, memory) => {
    const from = product(inputs[0]!.dims.slice(axis));
    const to = product(output.dims.slice(axis));
    const skipped = start * product(output.dims.slice(axis + 1));
    for (let outer = 0; outer * to < output.count; outer++)
      copyElements(memory.output, outer * to, memory.inputs[0]!, outer * from + skipped, to);
  },
});
