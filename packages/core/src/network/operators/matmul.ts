import type { CodecValue } from '../../bytes/codec/codec.ts';
import { struct } from '../../bytes/codec/composites.ts';
import { u8, u32 } from '../../bytes/codec/primitives.ts';
import { scaleExactly } from '../arithmetic/int64.ts';
import { scale } from '../arithmetic/scaling.ts';
import { ELEMENT_SIZE, rangeOf } from '../model/element-type.ts';
import { lastOf } from '../model/tensor.ts';
import {
  ACTIVATIONS,
  lastDim,
  requireConstant,
  requireInputType,
  requireOutputDims,
  requireOutputType,
  requireRange,
  requireRank,
  requireShift,
} from './checks.ts';
import { narrowOutput, numbersOf, type Operator, oneRun, requireSpec } from './operator.ts';
import { INNER_MAX } from './scores.ts';

const attributes = struct('MatMul', { m: u32, s: u8 });
type Attributes = CodecValue<typeof attributes>;

/** C[…][i][j] = sat(rs(Σ_k A[…][i][k] · B[…][j][k] · m, s)): the rows of both are what a unit reads. */
export const matMul: Operator<Attributes> = {
  number: 25,
  attributes,
  inputCount: [2, 2],
  combinesLastAxis: true,
  check: (spec) => {
    const { m, s } = spec.attributes;
    const a = requireInputType(spec, 0, ACTIVATIONS);
    const b = requireInputType(spec, 1, ACTIVATIONS);
    requireOutputType(spec, ACTIVATIONS);
    const rank = a.dims.length;
    requireSpec(rank >= 2, spec, () => `input 0 has ${rank} axes; it must have at least 2`);
    requireRank(spec, 'input 1', b, rank);
    const inner = lastDim(a);
    requireConstant(spec, 'the last axis of input 0', inner);
    requireRange(spec, 'the last axis of input 0', inner, [1, INNER_MAX]);
    const batch = a.dims.slice(0, -2);
    const matches = lastDim(b) === inner && batch.every((length, axis) => length === b.dims[axis]);
    requireSpec(matches, spec, () => 'the axes of input 1 but the last but one must be those of input 0');
    const [rows, columns] = [a.dims[rank - 2]!, b.dims[rank - 2]!];
    requireOutputDims(spec, [...batch, rows, columns]);
    requireSpec(
      spec.form !== 'decoder' || typeof rows === 'number' || typeof columns === 'number',
      spec,
      () => 'multiplies rows of the text with rows of the text; in a decoder only scores may',
    );
    requireRange(spec, 'm', m, [0, 2 ** 24 - 1]);
    requireShift(spec, s);
  },
  macs: ({ inputs }) => lastDim(inputs[0]!),
  blobSize: () => 0,
  reads: ({ inputs }) =>
    inputs.map((input, source) => ({ source, runs: oneRun(lastOf(input) * ELEMENT_SIZE[input.type]) })),
  unit: ({ attributes: { m, s }, inputs, output }, element, read) => {
    const inner = lastOf(inputs[0]!);
    const rows = output.dims[output.dims.length - 2] as number;
    const columns = lastOf(output);
    const j = element % columns;
    const i = Math.floor(element / columns);
    const a = read.numbers(0, i * inner, inner);
    const b = read.numbers(1, (Math.floor(i / rows) * columns + j) * inner, inner);
    let sum = 0n;
    for (let k = 0; k < inner; k++) sum += BigInt((a[k] as number) * (b[k] as number));
    const [low, high] = rangeOf(output.type);
    return scaleExactly(sum, { mult: BigInt(m), shift: s, zero: 0n, low: BigInt(low), high: BigInt(high) });
  },
  run: ({ attributes: { m, s }, inputs, output }, memory) => {
    const inner = lastOf(inputs[0]!);
    const rows = output.dims[output.dims.length - 2] as number;
    const columns = lastOf(output);
    const a = numbersOf(memory, 0);
    const b = numbersOf(memory, 1);
    const y = narrowOutput(memory);
    const [low, high] = rangeOf(output.type);
    let element = 0;
    for (let batch = 0; element < output.count; batch++) {
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < columns; j++, element++) {
          let sum = 0;
          const aStart = (batch * rows + i) * inner;
          const bStart = (batch * columns + j) * inner;
          for (let k = 0; k < inner; k++) sum += (a[aStart + k] as number) * (b[bStart + k] as number);
          y[element] = scale(sum, m, s, 0, low, high);
        }
      }
    }
  },
};
