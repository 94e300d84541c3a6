import type { CodecValue } from '../../bytes/codec/codec.ts';
import { struct } from '../../bytes/codec/composites.ts';
import { bool, u8, u32 } from '../../bytes/codec/primitives.ts';
import { scaleExactly, toInt64 } from '../arithmetic/int64.ts';
import { ELEMENT_SIZE } from '../model/element-type.ts';
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
import { addScaled, checkAddend } from './dense.ts';
import { rowWidth, widthOf } from './matrix.ts';
import {
  integersOf,
  narrowOutput,
  numbersOf,
  type Operator,
  type OperatorNode,
  type OperatorSpec,
  oneRun,
  type RunMemory,
} from './operator.ts';

const attributes = struct('SumRequant', {
  leading: u8,
  /** Weights of the whole row, as the parts see it. */
  n: u32,
  zy: i32,
  lo: i32,
  hi: i32,
  /** Whether the last input is an i32 to add. */
  addend: bool,
});
type Attributes = CodecValue<typeof attributes>;

/** A row has at most this many weights: its sum of products stays far below 2^53. */
const ROW_WIDTH_MAX = 2 ** 24;

const partCountOf = (inputCount: number, addend: boolean): number => inputCount - (addend ? 1 : 0);

function check(spec: OperatorSpec<Attributes>): void {
  const { leading, n, zy, lo, hi, addend } = spec.attributes;
  const partCount = partCountOf(spec.inputs.length, addend);
  requireRange(spec, 'the number of parts', partCount, [1, 16]);
  for (let part = 0; part < partCount; part++) {
    const { dims } = requireInputType(spec, part, ['i64']);
    requireDims(spec, `part ${part}`, dims, spec.output.dims);
  }
  requireOutputType(spec, ACTIVATIONS_AND_SUMS);
  if (addend) checkAddend(spec, partCount);
  rowWidth(spec, 'the output', spec.output, leading);
  requireRange(spec, 'n', n, [1, ROW_WIDTH_MAX]);
  requireZeroPoint(spec, 'zy', zy, spec.output.type);
  requireBounds(spec, lo, hi);
}

/** The value for a sum of parts and the row tail that starts at `tailOffset` of `bytes`. */
function value(sum: bigint, bytes: Uint8Array, tailOffset: number, { zy, lo, hi }: Attributes): bigint {
  const { bias, mult, shift } = readRowTail(bytes, tailOffset);
  return scaleExactly(sum + BigInt(bias), {
    mult: BigInt(mult),
    shift,
    zero: BigInt(zy),
    low: BigInt(lo),
    high: BigInt(hi),
  });
}

function run({ attributes, inputs, output }: OperatorNode<Attributes>, memory: RunMemory): void {
  const { leading, n, addend } = attributes;
  const m = widthOf(output, leading);
  const partCount = partCountOf(inputs.length, addend);
  const parts = inputs.slice(0, partCount).map((_, part) => integersOf(memory, part));
  const y = narrowOutput(memory);
  for (let element = 0; element < output.count; element++) {
    let sum = 0n;
    for (const part of parts) sum += part[element] as bigint;
    const scaled = value(sum, memory.blob, (element % m) * rowStride(n) + n, attributes);
    y[element] = Number(
      addend ? addScaled(scaled, BigInt(numbersOf(memory, partCount)[element] as number)) : scaled,
    );
  }
}

/** The sum of partial sums, then bias, mult, shift, zy and bounds of the row as `dense` applies them. */
export const sumRequant: Operator<Attributes> = {
  number: 3,
  attributes,
  inputCount: [1, 17],
  check,
  macs: ({ inputs }) => inputs.length,
  blobSize: (spec) =>
    rowWidth(spec, 'the output', spec.output, spec.attributes.leading) * rowStride(spec.attributes.n),
  reads: ({ inputs }) => [
    ...inputs.map(({ type }, source) => ({ source, runs: oneRun(ELEMENT_SIZE[type]) })),
    { source: 'blob', runs: oneRun(ROW_TAIL_SIZE) },
  ],
  unit: ({ attributes, inputs, output }, element, read) => {
    const { leading, n, addend } = attributes;
    const channel = element % widthOf(output, leading);
    const partCount = partCountOf(inputs.length, addend);
    let sum = 0n;
    for (let part = 0; part < partCount; part++)
      sum = toInt64(sum + (read.integers(part, element, 1)[0] as bigint));
    const scaled = value(sum, read.blob(channel * rowStride(n) + n, ROW_TAIL_SIZE), 0, attributes);
    return addend ? addScaled(scaled, BigInt(read.numbers(partCount, element, 1)[0] as number)) : scaled;
  },
  run,
};
