import type { CodecValue } from '../../bytes/codec/codec.ts';
import { list, struct } from '../../bytes/codec/composites.ts';
import { u8 } from '../../bytes/codec/primitives.ts';
import { RANK_MAX } from '../model/tensor.ts';
import { requireConstant, requireOutputDims, requireRange } from './checks.ts';
import { coordinatesOf, copyElements, forEachPlace, offsetOf, stridesOf } from './elements.ts';
import { moveElements } from './moved-elements.ts';
import type { Operator } from './operator.ts';

const attributes = struct('Upsample', {
  /** How often each place is repeated along each axis. */
  factors: list(u8, RANK_MAX),
});
type Attributes = CodecValue<typeof attributes>;

/** out[y] = in[⌊y/f⌋] along each axis: the nearest place. */
export const upsample: Operator<Attributes> = moveElements({
  number: 33,
  attributes,
  checkShape: (spec, { dims }) => {
    const { factors } = spec.attributes;
    requireRange(spec, 'the number of factors', factors.length, [dims.length, dims.length]);
    const lengths = dims.map((length, axis) => {
      const factor = factors[axis]!;
      requireRange(spec, `factor ${axis}`, factor, [1, 255]);
      if (factor === 1) return length;
      requireConstant(spec, `axis ${axis} of the input`, length);
      return length * factor;
    });
    requireOutputDims(spec, lengths);
  },
  originOf: ({ attributes: { factors }, inputs, output }, element) => {
    const nearest = coordinatesOf(output.dims, element).map((at, axis) => Math.floor(at / factors[axis]!));
    return { input: 0, element: offsetOf(nearest, stridesOf(inputs[0]!.dims)) };
  },
  run: ({ attributes: { factors }, inputs, output }, memory) => {
    const strides = stridesOf(inputs[0]!.dims);
    let element = 0;
    forEachPlace(output.dims, (coordinates) => {
      let source = 0;
      for (const [axis, at] of coordinates.entries())
        source += Math.floor(at / factors[axis]!) * strides[axis]!;
      copyElements(memory.output, element++, memory.inputs[0]!, source, 1);
    });
  },
});
