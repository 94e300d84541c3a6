import type { CodecValue } from '../../bytes/codec/codec.ts';
import { list, struct } from '../../bytes/codec/composites.ts';
import { u8 } from '../../bytes/codec/primitives.ts';
import { RANK_MAX } from '../model/tensor.ts';
import { requireOutputDims } from './checks.ts';
import { coordinatesOf, copyElements, forEachPlace, offsetOf, stridesOf } from './elements.ts';
import { moveElements } from './moved-elements.ts';
import { type Operator, requireSpec } from './operator.ts';

const attributes = struct('Transpose', {
  /** Axis i of the output is axis permutation[i] of the input. */
  permutation: list(u8, RANK_MAX),
});
type Attributes = CodecValue<typeof attributes>;

/** The input's axes in another order. */
export const transpose: Operator<Attributes> = moveElements({
  number: 29,
  attributes,
  checkShape: (spec, { dims }) => {
    const { permutation } = spec.attributes;
    const isPermutation =
      permutation.length === dims.length && dims.every((_, axis) => permutation.includes(axis));
    requireSpec(
      isPermutation,
      spec,
      () => `permutation is ${permutation.join(', ')}; it must name each of ${dims.length} axes once`,
    );
    requireOutputDims(
      spec,
      permutation.map((axis) => dims[axis]!),
    );
  },
  originOf: ({ attributes: { permutation }, inputs, output }, element) => {
    const coordinates = coordinatesOf(output.dims, element);
    const strides = stridesOf(inputs[0]!.dims);
    return {
      input: 0,
      element: offsetOf(
        coordinates,
        permutation.map((axis) => strides[axis]!),
      ),
    };
  },
  run: ({ attributes: { permutation }, inputs, output }, memory) => {
    const strides = stridesOf(output.dims);
    const targets = inputs[0]!.dims.map((_, axis) => strides[permutation.indexOf(axis)]!);
    let element = 0;
    forEachPlace(inputs[0]!.dims, (coordinates) => {
      copyElements(memory.output, offsetOf(coordinates, targets), memory.inputs[0]!, element++, 1);
    });
  },
});
