import type { CodecValue } from '../../bytes/codec/codec.ts';
import { struct } from '../../bytes/codec/composites.ts';
import { u8, u32 } from '../../bytes/codec/primitives.ts';
import { dotInt8, sumInt8 } from '../arithmetic/dot.ts';
import { ELEMENT_SIZE } from '../model/element-type.ts';
import { i32 } from '../model/signed.ts';
import { rowStride } from '../model/weight-row.ts';
import { requireInputType, requireOutputType, requireSegmentBytes, requireZeroPoint } from './checks.ts';
import { checkMatrix, widthOf } from './matrix.ts';
import {
  numbersOf,
  type Operator,
  type OperatorNode,
  type OperatorSpec,
  oneRun,
  type RunMemory,
  requireSpec,
  wideOutput,
} from './operator.ts';

const attributes = struct('DensePart', { leading: u8, from: u32, to: u32, zx: i32 });
type Attributes = CodecValue<typeof attributes>;

function check(spec: OperatorSpec<Attributes>): void {
  const { leading, from, to, zx } = spec.attributes;
  const { type } = requireInputType(spec, 0, ['i8', 'i16']);
  requireOutputType(spec, ['i64']);
  const { n } = checkMatrix(spec, leading);
  requireSpec(
    from < to && to <= n,
    spec,
    () => `from…to is ${from}…${to}; it must be a part of a row of ${n} weights`,
  );
  requireSegmentBytes(spec, to - from, ELEMENT_SIZE[type]);
  requireZeroPoint(spec, 'zx', zx, type);
}

function run({ attributes, inputs, output }: OperatorNode<Attributes>, memory: RunMemory): void {
  const { leading, from, to, zx } = attributes;
  const n = widthOf(inputs[0]!, leading);
  const m = widthOf(output, leading);
  const x = numbersOf(memory, 0);
  const y = wideOutput(memory);
  const weights = new Int8Array(memory.blob.buffer, memory.blob.byteOffset, m * rowStride(n));
  const part = new Int16Array(to - from);
  for (let place = 0; place * m < output.count; place++) {
    part.set(x.subarray(place * n + from, place * n + to));
    for (let channel = 0; channel < m; channel++) {
      const start = channel * rowStride(n) + from;
      const sum = dotInt8(part, weights, start, to - from) - zx * sumInt8(weights, start, to - from);
      y[place * m + channel] = BigInt(sum);
    }
  }
}

/** Σ (x_k − zx)·w_k for `from` ≤ k < `to` of a row that is too long for `dense`; `sum_requant` adds the parts. */
export const densePart: Operator<Attributes> = {
  number: 2,
  attributes,
  inputCount: [1, 1],
  check,
  macs: ({ attributes: { from, to } }) => to - from,
  blobSize: (spec) => {
    const { n, m } = checkMatrix(spec, spec.attributes.leading);
    return m * rowStride(n);
  },
  reads: ({ attributes: { from, to }, inputs }) => [
    { source: 0, runs: oneRun((to - from) * ELEMENT_SIZE[inputs[0]!.type]) },
    { source: 'blob', runs: oneRun(to - from) },
  ],
  unit: ({ attributes: { leading, from, to, zx }, inputs, output }, element, read) => {
    const n = widthOf(inputs[0]!, leading);
    const m = widthOf(output, leading);
    const channel = element % m;
    const x = read.numbers(0, ((element - channel) / m) * n + from, to - from);
    const row = read.blob(channel * rowStride(n) + from, to - from);
    const weights = new Int8Array(row.buffer, row.byteOffset, row.length);
    let sum = 0;
    for (const [k, weight] of weights.entries()) sum += ((x[k] as number) - zx) * weight;
    return BigInt(sum);
  },
  run,
};
