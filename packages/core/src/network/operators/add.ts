import type { CodecValue } from '../../bytes/codec/codec.ts';
import { struct } from '../../bytes/codec/composites.ts';
import { u8, u32 } from '../../bytes/codec/primitives.ts';
import { clamp, roundShift, toInt64 } from '../arithmetic/int64.ts';
import { clampNumber, roundShiftNumber } from '../arithmetic/scaling.ts';
import { ELEMENT_SIZE, rangeOf } from '../model/element-type.ts';
import { i32 } from '../model/signed.ts';
import {
  ACTIVATIONS_AND_SUMS,
  requireDims,
  requireInputType,
  requireOutputDims,
  requireOutputType,
  requireRange,
  requireShift,
  requireZeroPoint,
} from './checks.ts';
import { narrowOutput, numbersOf, type Operator, oneRun } from './operator.ts';

const attributes = struct('Add', { za: i32, ma: u32, sa: u8, zb: i32, mb: u32, sb: u8, zy: i32 });
type Attributes = CodecValue<typeof attributes>;

const EXACT = 2 ** 53;

/** zy + rs((a − za)·ma, sa) + rs((b − zb)·mb, sb), saturated to [`low`, `high`]. */
function addExactly(
  a: number,
  b: number,
  attributes: Attributes,
  [low, high]: readonly [number, number],
): bigint {
  const { za, ma, sa, zb, mb, sb, zy } = attributes;
  const left = roundShift(toInt64(BigInt(a - za) * BigInt(ma)), sa);
  const right = roundShift(toInt64(BigInt(b - zb) * BigInt(mb)), sb);
  return clamp(toInt64(BigInt(zy) + left + right), BigInt(low), BigInt(high));
}

/**
 * sat(zy + rs((a − za)·ma, sa) + rs((b − zb)·mb, sb)) of two tensors of the same axes, each with a scale of its own. The
 * sum of two embeddings is an i32, so that i32 is admitted beside activations.
 */
export const add: Operator<Attributes> = {
  number: 8,
  attributes,
  inputCount: [2, 2],
  check: (spec) => {
    const { za, ma, sa, zb, mb, sb, zy } = spec.attributes;
    const a = requireInputType(spec, 0, ACTIVATIONS_AND_SUMS);
    const b = requireInputType(spec, 1, ACTIVATIONS_AND_SUMS);
    requireOutputType(spec, ACTIVATIONS_AND_SUMS);
    requireDims(spec, 'input 1', b.dims, a.dims);
    requireOutputDims(spec, a.dims);
    requireRange(spec, 'ma', ma, [0, 2 ** 24 - 1]);
    requireRange(spec, 'mb', mb, [0, 2 ** 24 - 1]);
    requireShift(spec, sa);
    requireShift(spec, sb);
    requireZeroPoint(spec, 'za', za, a.type);
    requireZeroPoint(spec, 'zb', zb, b.type);
    requireZeroPoint(spec, 'zy', zy, spec.output.type);
  },
  macs: () => 2,
  blobSize: () => 0,
  reads: ({ inputs }) => inputs.map(({ type }, source) => ({ source, runs: oneRun(ELEMENT_SIZE[type]) })),
  unit: ({ attributes, output }, element, read) =>
    addExactly(
      read.numbers(0, element, 1)[0] as number,
      read.numbers(1, element, 1)[0] as number,
      attributes,
      rangeOf(output.type),
    ),
  run: ({ attributes, output }, memory) => {
    const { za, ma, sa, zb, mb, sb, zy } = attributes;
    const a = numbersOf(memory, 0);
    const b = numbersOf(memory, 1);
    const y = narrowOutput(memory);
    const range = rangeOf(output.type);
    for (let i = 0; i < output.count; i++) {
      const left = ((a[i] as number) - za) * ma;
      const right = ((b[i] as number) - zb) * mb;
      // Products of an i32 reach 2^57; those of activations stay below 2^42.
      if (Math.abs(left) < EXACT / 2 && Math.abs(right) < EXACT / 2) {
        const sum = zy + roundShiftNumber(left, sa) + roundShiftNumber(right, sb);
        y[i] = clampNumber(sum, range[0], range[1]);
      } else {
        y[i] = Number(addExactly(a[i] as number, b[i] as number, attributes, range));
      }
    }
  },
};
