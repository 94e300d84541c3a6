import type { CodecValue } from '../../bytes/codec/codec.ts';
import { struct } from '../../bytes/codec/composites.ts';
import { u8 } from '../../bytes/codec/primitives.ts';
import { dotInt8, sumInt8 } from '../arithmetic/dot.ts';
import { clamp, scaleExactly } from '../arithmetic/int64.ts';
import { clampNumber, scale } from '../arithmetic/scaling.ts';
import { ELEMENT_RANGE, ELEMENT_SIZE } from '../model/element-type.ts';
import { i32 } from '../model/signed.ts';
import { ROW_TAIL_SIZE, readRowTail, rowStride } from '../model/weight-row.ts';
import {
  ACTIVATIONS_AND_SUMS,
  requireBounds,
  requireDims,
  requireInputType,
  requireOutputType,
  requireRange,
  requireZeroPoint,
} from './checks.ts';
import { checkMatrix, widthOf } from './matrix.ts';
import {
  narrowOutput,
  numbersOf,
  type Operator,
  type OperatorNode,
  type OperatorSpec,
  oneRun,
  type RunMemory,
} from './operator.ts';

const attributes = struct('Dense', { leading: u8, zx: i32, zy: i32, lo: i32, hi: i32 });
type Attributes = CodecValue<typeof attributes>;

/** Longer rows are cut into parts (`dense_part`). */
export const DENSE_WIDTH_MAX = { i8: 12_288, i16: 7_680 } as const;

/** An i32 to which the scaled sum is added: [same axes as the output]. */
export function checkAddend(spec: OperatorSpec<unknown>, input: number): void {
  const addend = requireInputType(spec, input, ['i32']);
  requireOutputType(spec, ['i32']);
  requireDims(spec, 'the addend', addend.dims, spec.output.dims);
}

const [I32_MIN, I32_MAX] = ELEMENT_RANGE.i32;

/** sat32(addend + sat32(rs(sum · mult, shift))), or the scaled sum alone. */
export function addScaled(scaled: bigint, addend: bigint): bigint {
  return clamp(scaled + addend, BigInt(I32_MIN), BigInt(I32_MAX));
}

function check(spec: OperatorSpec<Attributes>): void {
  const { leading, zx, zy, lo, hi } = spec.attributes;
  const { type } = requireInputType(spec, 0, ['i8', 'i16']);
  requireOutputType(spec, ACTIVATIONS_AND_SUMS);
  const { n } = checkMatrix(spec, leading);
  requireRange(spec, 'the width of a row', n, [1, type === 'i8' ? DENSE_WIDTH_MAX.i8 : DENSE_WIDTH_MAX.i16]);
  if (spec.inputs.length === 2) checkAddend(spec, 1);
  requireZeroPoint(spec, 'zx', zx, type);
  requireZeroPoint(spec, 'zy', zy, spec.output.type);
  requireBounds(spec, lo, hi);
}

function run({ attributes, inputs, output }: OperatorNode<Attributes>, memory: RunMemory): void {
  const { leading, zx, zy, lo, hi } = attributes;
  const n = widthOf(inputs[0]!, leading);
  const m = widthOf(output, leading);
  const x = numbersOf(memory, 0);
  const addend = inputs.length === 2 ? numbersOf(memory, 1) : undefined;
  const y = narrowOutput(memory);
  const weights = new Int8Array(memory.blob.buffer, memory.blob.byteOffset, m * rowStride(n));
  const tails = Array.from({ length: m }, (_, channel) => {
    const start = channel * rowStride(n);
    const { bias, mult, shift } = readRowTail(memory.blob, start + n);
    return { start, mult, shift, constant: bias - zx * sumInt8(weights, start, n) };
  });
  const row = new Int16Array(n);
  for (let place = 0; place * m < output.count; place++) {
    row.set(x.subarray(place * n, (place + 1) * n));
    for (let channel = 0; channel < m; channel++) {
      const { start, mult, shift, constant } = tails[channel]!;
      const scaled = scale(dotInt8(row, weights, start, n) + constant, mult, shift, zy, lo, hi);
      const element = place * m + channel;
      y[element] =
        addend === undefined ? scaled : clampNumber(scaled + (addend[element] as number), I32_MIN, I32_MAX);
    }
  }
}

/** y = clamp(zy + rs((bias + Σ (x_k − zx)·w_k) · mult, shift), lo, hi); with an addend (i32), sat32 of both. */
export const dense: Operator<Attributes> = {
  number: 1,
  attributes,
  inputCount: [1, 2],
  check,
  macs: (spec) => checkMatrix(spec, spec.attributes.leading).n,
  blobSize: (spec) => {
    const { n, m } = checkMatrix(spec, spec.attributes.leading);
    return m * rowStride(n);
  },
  reads: ({ attributes: { leading }, inputs }) => {
    const n = widthOf(inputs[0]!, leading);
    const addend = inputs.length === 2 ? [{ source: 1, runs: oneRun(ELEMENT_SIZE.i32) }] : [];
    return [
      { source: 0, runs: oneRun(n * ELEMENT_SIZE[inputs[0]!.type]) },
      ...addend,
      { source: 'blob', runs: oneRun(n + ROW_TAIL_SIZE), isAligned: true },
    ];
  },
  unit: ({ attributes, inputs, output }, element, read) => {
    const { leading, zx, zy, lo, hi } = attributes;
    const n = widthOf(inputs[0]!, leading);
    const m = widthOf(output, leading);
    const channel = element % m;
    const row = read.blob(channel * rowStride(n), n + ROW_TAIL_SIZE);
    const weights = new Int8Array(row.buffer, row.byteOffset, n);
    const x = read.numbers(0, ((element - channel) / m) * n, n);
    const { bias, mult, shift } = readRowTail(row, n);
    // At most 12,288 · 2^15 or 7,680 · 2^23, and an i32: exact.
    let sum = bias;
    for (let k = 0; k < n; k++) sum += ((x[k] as number) - zx) * (weights[k] as number);
    const scaled = scaleExactly(BigInt(sum), {
      mult: BigInt(mult),
      shift,
      zero: BigInt(zy),
      low: BigInt(lo),
      high: BigInt(hi),
    });
    return inputs.length === 1 ? scaled : addScaled(scaled, BigInt(read.numbers(1, element, 1)[0] as number));
  },
  run,
};
