import type { CodecValue } from '../../bytes/codec/codec.ts';
import { struct } from '../../bytes/codec/composites.ts';
import { u8, u32 } from '../../bytes/codec/primitives.ts';
import { scaleExactly } from '../arithmetic/int64.ts';
import { scale } from '../arithmetic/scaling.ts';
import { ELEMENT_SIZE, rangeOf } from '../model/element-type.ts';
import { i32 } from '../model/signed.ts';
import { equalDims } from '../model/tensor.ts';
import {
  ACTIVATIONS,
  lastDim,
  requireDims,
  requireInputType,
  requireOutputDims,
  requireOutputType,
  requireRange,
  requireShift,
  requireZeroPoint,
} from './checks.ts';
import { narrowOutput, numbersOf, type Operator, oneRun } from './operator.ts';

const attributes = struct('Mul', { za: i32, zb: i32, zy: i32, m: u32, s: u8 });
type Attributes = CodecValue<typeof attributes>;

/** sat(zy + rs((a − za)·(b − zb)·m, s)). b has the axes of a, or only the last one and counts for every place. */
export const mul: Operator<Attributes> = {
  number: 9,
  attributes,
  inputCount: [2, 2],
  check: (spec) => {
    const { za, zb, zy, m, s } = spec.attributes;
    const a = requireInputType(spec, 0, ACTIVATIONS);
    const b = requireInputType(spec, 1, ACTIVATIONS);
    requireOutputType(spec, ACTIVATIONS);
    if (!equalDims(b.dims, a.dims)) requireDims(spec, 'input 1', b.dims, [lastDim(a)]);
    requireOutputDims(spec, a.dims);
    requireRange(spec, 'm', m, [0, 2 ** 30 - 1]);
    requireShift(spec, s);
    requireZeroPoint(spec, 'za', za, a.type);
    requireZeroPoint(spec, 'zb', zb, b.type);
    requireZeroPoint(spec, 'zy', zy, spec.output.type);
  },
  macs: () => 2,
  blobSize: () => 0,
  reads: ({ inputs }) => inputs.map(({ type }, source) => ({ source, runs: oneRun(ELEMENT_SIZE[type]) })),
  unit: ({ attributes: { za, zb, zy, m, s }, inputs, output }, element, read) => {
    const a = BigInt(read.numbers(0, element, 1)[0] as number);
    const b = BigInt(read.numbers(1, element % inputs[1]!.count, 1)[0] as number);
    const [low, high] = rangeOf(output.type);
    return scaleExactly((a - BigInt(za)) * (b - BigInt(zb)), {
      mult: BigInt(m),
      shift: s,
      zero: BigInt(zy),
      low: BigInt(low),
      high: BigInt(high),
    });
  },
  run: ({ attributes: { za, zb, zy, m, s }, output }, memory) => {
    const a = numbersOf(memory, 0);
    const b = numbersOf(memory, 1);
    const y = narrowOutput(memory);
    const [low, high] = rangeOf(output.type);
    for (let i = 0, j = 0; i < output.count; i++, j = j + 1 === b.length ? 0 : j + 1)
      y[i] = scale(((a[i] as number) - za) * ((b[j] as number) - zb), m, s, zy, low, high);
  },
};
