import type { CodecValue } from '../../bytes/codec/codec.ts';
import { struct } from '../../bytes/codec/composites.ts';
import { bool } from '../../bytes/codec/primitives.ts';
import { clamp, roundShift } from '../arithmetic/int64.ts';
import { clampNumber, roundShiftNumber } from '../arithmetic/scaling.ts';
import { ELEMENT_SIZE } from '../model/element-type.ts';
import { lastOf, type TensorSpec } from '../model/tensor.ts';
import {
  largest,
  requireConstant,
  requireInputType,
  requireOutputDims,
  requireOutputType,
  requireRank,
} from './checks.ts';
import {
  narrowOutput,
  numbersOf,
  type Operator,
  type OperatorNode,
  type OperatorSpec,
  type RunMemory,
  requireSpec,
} from './operator.ts';

const attributes = struct('Rope', {
  /** Pairs are i and i + d/2 of a head, and not 2i and 2i + 1. */
  halves: bool,
});
type Attributes = CodecValue<typeof attributes>;

/** Bytes of one cosine and one sine, i16 each with 15 bits behind the point. */
const PAIR_SIZE = 4;

const specWidth = ({ dims }: TensorSpec): number => dims[dims.length - 1] as number;

/** Positions in the table: as many as axis 0 can have. */
const positionCount = (spec: OperatorSpec<Attributes>): number => largest(spec, spec.output.dims[0]!);

function check(spec: OperatorSpec<Attributes>): void {
  const input = requireInputType(spec, 0, ['i16']);
  requireOutputType(spec, ['i16']);
  requireRank(spec, 'the input', input, 3);
  requireOutputDims(spec, input.dims);
  requireSpec(input.dims[0] !== 'N', spec, () => 'axis 0 of the input is N; it must count positions from 0');
  requireConstant(spec, 'axis 1 of the input', input.dims[1]);
  const width = input.dims[2];
  requireConstant(spec, 'axis 2 of the input', width);
  requireSpec(width % 2 === 0, spec, () => `a head has ${width} places; it must have an even number`);
}

/** The places of pair `pair` in a head of `width` places. */
const placesOf = (pair: number, width: number, halves: boolean): readonly [number, number] =>
  halves ? [pair, pair + width / 2] : [2 * pair, 2 * pair + 1];

function run({ attributes: { halves }, output }: OperatorNode<Attributes>, memory: RunMemory): void {
  const [positions, heads, width] = output.dims as [number, number, number];
  const x = numbersOf(memory, 0);
  const y = narrowOutput(memory);
  const table = new Int16Array(memory.blob.buffer, memory.blob.byteOffset, positions * width);
  for (let position = 0; position < positions; position++) {
    for (let head = 0; head < heads; head++) {
      const start = (position * heads + head) * width;
      for (let pair = 0; pair < width / 2; pair++) {
        const [first, second] = placesOf(pair, width, halves);
        const a = x[start + first] as number;
        const b = x[start + second] as number;
        const cosine = table[position * width + 2 * pair] as number;
        const sine = table[position * width + 2 * pair + 1] as number;
        y[start + first] = clampNumber(roundShiftNumber(a * cosine - b * sine, 15), -32_768, 32_767);
        y[start + second] = clampNumber(roundShiftNumber(a * sine + b * cosine, 15), -32_768, 32_767);
      }
    }
  }
}

/**
 * Rotates the pairs of each head of [positions][heads][d] by the position's angles: (a, b) → sat(rs(a·c − b·s, 15)),
 * sat(rs(a·s + b·c, 15)). The table is i16 [positions][d/2][c, s].
 */
export const rope: Operator<Attributes> = {
  number: 20,
  attributes,
  inputCount: [1, 1],
  check,
  macs: () => 2,
  blobSize: (spec) => positionCount(spec) * (specWidth(spec.output) / 2) * PAIR_SIZE,
  reads: ({ attributes: { halves }, output }) => {
    const size = ELEMENT_SIZE.i16;
    const runs = placesOf(0, lastOf(output), halves).map((place) => ({ start: place * size, size }));
    return [
      { source: 0, runs },
      { source: 'blob', runs: [{ start: 0, size: PAIR_SIZE }] },
    ];
  },
  unit: ({ attributes: { halves }, output }, element, read) => {
    const [, heads, width] = output.dims as [number, number, number];
    const place = element % width;
    const position = Math.floor(element / (heads * width));
    const pair = halves ? place % (width / 2) : Math.floor(place / 2);
    const [first, second] = placesOf(pair, width, halves);
    const a = read.numbers(0, element - place + first, 1)[0] as number;
    const b = read.numbers(0, element - place + second, 1)[0] as number;
    const bytes = read.blob((position * (width / 2) + pair) * PAIR_SIZE, PAIR_SIZE);
    const view = new DataView(bytes.buffer, bytes.byteOffset, PAIR_SIZE);
    const cosine = view.getInt16(0, true);
    const sine = view.getInt16(2, true);
    const rotated = place === first ? a * cosine - b * sine : a * sine + b * cosine;
    return clamp(roundShift(BigInt(rotated), 15), -32_768n, 32_767n);
  },
  run,
};
