import type { CodecValue } from '../../bytes/codec/codec.ts';
import { struct } from '../../bytes/codec/composites.ts';
import { u8 } from '../../bytes/codec/primitives.ts';
import { product } from '../model/tensor.ts';
import { requireConstant, requireDims, requireInputType, requireOutputDims } from './checks.ts';
import { coordinatesOf, copyElements, offsetOf, stridesOf } from './elements.ts';
import { moveElements } from './moved-elements.ts';
import { type Operator, requireSpec } from './operator.ts';

const attributes = struct('Concat', { axis: u8 });
type Attributes = CodecValue<typeof attributes>;

/** 2 to 16 tensors one after the other along `axis`. */
export const concat: Operator<Attributes> = moveElements({
  number: 30,
  attributes,
  inputCount: [2, 16],
  checkShape: (spec, first) => {
    const { axis } = spec.attributes;
    requireSpec(
      axis < first.dims.length,
      spec,
      () => `axis is ${axis}; it must be below ${first.dims.length}`,
    );
    const lengths = spec.inputs.map(({ dims }, input) => {
      requireInputType(spec, input, [first.type]);
      const length = dims[axis];
      requireConstant(spec, `axis ${axis} of input ${input}`, length);
      requireDims(spec, `input ${input}`, dims, first.dims.with(axis, length));
      return length;
    });
    requireOutputDims(
      spec,
      first.dims.with(
        axis,
        lengths.reduce((sum, length) => sum + length, 0),
      ),
    );
  },
  originOf: ({ attributes: { axis }, inputs, output }, element) => {
    const coordinates = coordinatesOf(output.dims, element);
    let along = coordinates[axis]!;
    let input = 0;
    while (along >= inputs[input]!.dims[axis]!) along -= inputs[input++]!.dims[axis]!;
    return { input, element: offsetOf(coordinates.with(axis, along), stridesOf(inputs[input]!.dims)) };
  },
  run: ({ attributes: { axis }, inputs, output }, memory) => {
    const blocks = inputs.map(({ dims }) => product(dims.slice(axis)));
    for (let outer = 0, element = 0; element < output.count; outer++) {
      for (const [input, block] of blocks.entries()) {
        copyElements(memory.output, element, memory.inputs[input]!, outer * block, block);
        element += block;
      }
    }
  },
});
