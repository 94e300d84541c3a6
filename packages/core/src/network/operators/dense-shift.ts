import type { CodecValue } from '../../bytes/codec/codec.ts';
import { struct } from '../../bytes/codec/composites.ts';
import { u8 } from '../../bytes/codec/primitives.ts';
import { dotInt8 } from '../arithmetic/dot.ts';
import { clampNumber } from '../arithmetic/scaling.ts';
import { readRowTail, rowStride } from '../model/weight-row.ts';
import { requireInputType, requireOutputType, requireRange } from './checks.ts';
import { DENSE_WIDTH_MAX } from './dense.ts';
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

const attributes = struct('DenseShift', { leading: u8, shift: u8 });
type Attributes = CodecValue<typeof attributes>;

/** A bias behind the weights; mult and shift of the row have no meaning here. */
const BIAS_SIZE = 4;

function check(spec: OperatorSpec<Attributes>): void {
  const { leading, shift } = spec.attributes;
  requireInputType(spec, 0, ['i8']);
  requireOutputType(spec, ['i8']);
  const { n } = checkMatrix(spec, leading);
  requireRange(spec, 'the width of a row', n, [1, DENSE_WIDTH_MAX.i8]);
  requireRange(spec, 'shift', shift, [0, 31]);
}

function run(
  { attributes: { leading, shift }, inputs, output }: OperatorNode<Attributes>,
  memory: RunMemory,
): void {
  const n = widthOf(inputs[0]!, leading);
  const m = widthOf(output, leading);
  const x = numbersOf(memory, 0);
  const y = narrowOutput(memory);
  const weights = new Int8Array(memory.blob.buffer, memory.blob.byteOffset, m * rowStride(n));
  const row = new Int16Array(n);
  for (let place = 0; place * m < output.count; place++) {
    row.set(x.subarray(place * n, (place + 1) * n));
    for (let channel = 0; channel < m; channel++) {
      const start = channel * rowStride(n);
      const sum = (readRowTail(memory.blob, start + n).bias + dotInt8(row, weights, start, n)) | 0;
      y[place * m + channel] = clampNumber(sum >> shift, -128, 127);
    }
  }
}

/** sat8(int32(bias + Σ x_k·w_k) >> shift), without rounding: the arithmetic of kernel 5. */
export const denseShift: Operator<Attributes> = {
  number: 4,
  attributes,
  inputCount: [1, 1],
  check,
  macs: (spec) => checkMatrix(spec, spec.attributes.leading).n,
  blobSize: (spec) => {
    const { n, m } = checkMatrix(spec, spec.attributes.leading);
    return m * rowStride(n);
  },
  reads: ({ attributes: { leading }, inputs }) => {
    const n = widthOf(inputs[0]!, leading);
    return [
      { source: 0, runs: oneRun(n) },
      { source: 'blob', runs: oneRun(n + BIAS_SIZE), isAligned: true },
    ];
  },
  unit: ({ attributes: { leading, shift }, inputs, output }, element, read) => {
    const n = widthOf(inputs[0]!, leading);
    const m = widthOf(output, leading);
    const channel = element % m;
    const row = read.blob(channel * rowStride(n), n + BIAS_SIZE);
    const view = new DataView(row.buffer, row.byteOffset, row.length);
    const x = read.numbers(0, ((element - channel) / m) * n, n);
    let sum = BigInt(view.getInt32(n, true));
    for (let k = 0; k < n; k++) sum += BigInt((x[k] as number) * view.getInt8(k));
    const shifted = BigInt.asIntN(32, sum) >> BigInt(shift);
    return shifted < -128n ? -128n : shifted > 127n ? 127n : shifted;
  },
  run,
};
