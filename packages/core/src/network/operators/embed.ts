import type { CodecValue } from '../../bytes/codec/codec.ts';
import { struct } from '../../bytes/codec/composites.ts';
import { bool } from '../../bytes/codec/primitives.ts';
import { roundShift } from '../arithmetic/int64.ts';
import { roundShiftNumber } from '../arithmetic/scaling.ts';
import type { Shape, TensorSpec } from '../model/tensor.ts';
import { ROW_TAIL_SIZE, readRowTail, rowStride } from '../model/weight-row.ts';
import { requireConstant, requireOutputType, requireRank } from './checks.ts';
import { narrowOutput, type Operator, type OperatorSpec, requireSpec } from './operator.ts';

const attributes = struct('Embed', {
  /** Row t is that of position t, and not that of the token at t. */
  ofPosition: bool,
});
type Attributes = CodecValue<typeof attributes>;

const rowCountOf = ({ attributes: { ofPosition }, maxT, vocabulary }: OperatorSpec<Attributes>): number =>
  ofPosition ? maxT : vocabulary;

const specWidth = ({ dims }: TensorSpec): number => dims[1] as number;
const widthOf = ({ dims }: Shape): number => dims[1] as number;

/**
 * [T][d]: rs(w_{v,i} · mult_v, shift_v) of the row v of the token, or of the position, at each place of the text. The
 * low bits are kept: an importer chooses mult and shift so that the values fit.
 */
export const embed: Operator<Attributes> = {
  number: 12,
  attributes,
  inputCount: [0, 0],
  check: (spec) => {
    requireSpec(spec.form !== 'map', spec, () => 'a map has no text to embed');
    requireOutputType(spec, ['i16', 'i32']);
    requireRank(spec, 'the output', spec.output, 2);
    const [rows, width] = spec.output.dims;
    requireSpec(rows === 'T', spec, () => `axis 0 of the output is ${rows}; it must be T`);
    requireConstant(spec, 'axis 1 of the output', width);
  },
  macs: () => 1,
  blobSize: (spec) => rowCountOf(spec) * rowStride(specWidth(spec.output)),
  reads: ({ output }) => {
    const width = widthOf(output);
    return [
      {
        source: 'blob',
        runs: [
          { start: 0, size: 1 },
          { start: width, size: ROW_TAIL_SIZE },
        ],
      },
    ];
  },
  unit: ({ attributes: { ofPosition }, output }, element, read) => {
    const width = widthOf(output);
    const column = element % width;
    const position = (element - column) / width;
    const start = (ofPosition ? position : read.token(position)) * rowStride(width);
    const weight = ((read.blob(start + column, 1)[0] as number) << 24) >> 24;
    const { mult, shift } = readRowTail(read.blob(start + width, ROW_TAIL_SIZE));
    return roundShift(BigInt(weight) * BigInt(mult), shift);
  },
  run: ({ attributes: { ofPosition }, output }, { blob, tokens, ...memory }) => {
    const width = widthOf(output);
    const y = narrowOutput({ blob, tokens, ...memory });
    const weights = new Int8Array(blob.buffer, blob.byteOffset, blob.length);
    for (let position = 0; position * width < output.count; position++) {
      const start = (ofPosition ? position : (tokens[position] as number)) * rowStride(width);
      const { mult, shift } = readRowTail(blob, start + width);
      for (let i = 0; i < width; i++)
        // |w · mult| is at most 2^38, so that a typed array keeps the low bits of an exact number.
        y[position * width + i] = roundShiftNumber((weights[start + i] as number) * mult, shift);
    }
  },
};
