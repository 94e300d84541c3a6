import type { CodecValue } from '../../bytes/codec/codec.ts';
import { struct } from '../../bytes/codec/composites.ts';
import { bool, u8 } from '../../bytes/codec/primitives.ts';
import { clamp, roundShift, toInt64 } from '../arithmetic/int64.ts';
import { clampNumber, roundShiftNumber } from '../arithmetic/scaling.ts';
import { ELEMENT_SIZE, rangeOf } from '../model/element-type.ts';
import { lastOf, type TensorSpec } from '../model/tensor.ts';
import { alignUp } from '../model/weight-row.ts';
import { ACTIVATIONS, requireOutputDims, requireOutputType, requireShift } from './checks.ts';
import { checkNormInputs } from './norm-sum.ts';
import { meanOf, toWindow, toWindowNumber, windowExponent } from './norm-window.ts';
import {
  integersOf,
  narrowOutput,
  numbersOf,
  type Operator,
  type OperatorNode,
  oneRun,
  type RunMemory,
} from './operator.ts';

const attributes = struct('NormOut', {
  s: u8,
  /** Whether a table of biases, i32[C], stands behind that of the gains, i16[C]. */
  bias: bool,
});
type Attributes = CodecValue<typeof attributes>;

const EXACT = 2 ** 53;

const specWidth = ({ dims }: TensorSpec): number => dims[dims.length - 1] as number;

/** sat(bias + rs(rs(c·R, 12)·g, s)). */
function normalize(
  centred: bigint,
  inverse: bigint,
  { gain, bias, shift }: { readonly gain: number; readonly bias: number; readonly shift: number },
  [low, high]: readonly [number, number],
): bigint {
  const unscaled = roundShift(toInt64(toInt64(centred) * inverse), 12);
  const scaled = roundShift(toInt64(unscaled * BigInt(gain)), shift);
  return clamp(toInt64(BigInt(bias) + scaled), BigInt(low), BigInt(high));
}

function run({ attributes, inputs, output }: OperatorNode<Attributes>, memory: RunMemory): void {
  const width = lastOf(output);
  const x = numbersOf(memory, 0);
  const most = numbersOf(memory, 1);
  const inverses = integersOf(memory, 2);
  const y = narrowOutput(memory);
  const { buffer, byteOffset } = memory.blob;
  const gains = new Int16Array(buffer, byteOffset, width);
  const biases = attributes.bias ? new Int32Array(buffer, byteOffset + alignUp(2 * width), width) : undefined;
  const range = rangeOf(output.type);
  for (let row = 0; row * width < output.count; row++) {
    const exponent = windowExponent(most[row] as number);
    const inverse = inverses[row] as bigint;
    const mean = inputs.length === 4 ? meanOf(integersOf(memory, 3)[row] as bigint, width) : 0n;
    const inverseNumber = Number(inverse);
    const meanNumber = Number(mean);
    const isExact = Math.abs(inverseNumber) < EXACT && Math.abs(meanNumber) < EXACT / 2;
    for (let i = 0; i < width; i++) {
      const element = row * width + i;
      const gain = gains[i] as number;
      const bias = biases === undefined ? 0 : (biases[i] as number);
      const windowed = toWindowNumber(x[element] as number, exponent);
      const product = (windowed - meanNumber) * inverseNumber;
      const unscaled = roundShiftNumber(product, 12);
      if (isExact && Math.abs(product) < EXACT && Math.abs(unscaled * gain) < EXACT) {
        const scaled = roundShiftNumber(unscaled * gain, attributes.s);
        y[element] = clampNumber(bias + scaled, range[0], range[1]);
      } else {
        const parameters = { gain, bias, shift: attributes.s };
        y[element] = Number(normalize(BigInt(windowed) - mean, inverse, parameters, range));
      }
    }
  }
}

/**
 * y = sat(bias_i + rs(u·g_i, s)), u = rs((x' − μ)·R, 12), from x, the row's largest absolute value, its R and, for a layer
 * norm, its Σ x'. Gains are i16, biases i32.
 */
export const normOut: Operator<Attributes> = {
  number: 19,
  attributes,
  inputCount: [3, 4],
  check: (spec) => {
    const sums: ('u16' | 'u32' | 'i64')[][] = [['u16', 'u32'], ['i64'], ['i64']];
    checkNormInputs(spec, sums.slice(0, spec.inputs.length - 1));
    requireOutputType(spec, ACTIVATIONS);
    requireOutputDims(spec, spec.inputs[0]!.dims);
    requireShift(spec, spec.attributes.s);
  },
  macs: () => 4,
  blobSize: ({ attributes: { bias }, output }) => {
    const width = specWidth(output);
    return alignUp(2 * width) + (bias ? 4 * width : 0);
  },
  reads: ({ attributes: { bias }, inputs, output }) => {
    const gain = { start: 0, size: 2 };
    const runs = bias ? [gain, { start: alignUp(2 * lastOf(output)), size: 4 }] : [gain];
    return [
      ...inputs.map(({ type }, source) => ({ source, runs: oneRun(ELEMENT_SIZE[type]) })),
      { source: 'blob', runs },
    ];
  },
  unit: ({ attributes: { s, bias }, inputs, output }, element, read) => {
    const width = lastOf(output);
    const column = element % width;
    const row = (element - column) / width;
    const exponent = windowExponent(read.numbers(1, row, 1)[0] as number);
    const mean = inputs.length === 4 ? meanOf(read.integers(3, row, 1)[0] as bigint, width) : 0n;
    const centred = toWindow(BigInt(read.numbers(0, element, 1)[0] as number), exponent) - mean;
    const gainBytes = read.blob(2 * column, 2);
    const gain = new DataView(gainBytes.buffer, gainBytes.byteOffset).getInt16(0, true);
    const biasBytes = bias ? read.blob(alignUp(2 * width) + 4 * column, 4) : new Uint8Array(4);
    const offset = new DataView(biasBytes.buffer, biasBytes.byteOffset).getInt32(0, true);
    const inverse = read.integers(2, row, 1)[0] as bigint;
    return normalize(centred, inverse, { gain, bias: offset, shift: s }, rangeOf(output.type));
  },
  run,
};
