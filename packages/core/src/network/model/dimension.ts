import { type Codec, refuseValue } from '../../bytes/codec/codec.ts';
import { AivmError } from '../../errors/aivm-error.ts';

/**
 * The length of an axis: a constant, or a number that follows from the task. T counts the rows of a pass over the text,
 * N the posted tokens of a decoder. P, the tokens of the prompt, is T − N + 1 and no axis has that length: rows enter
 * as T and leave as N.
 */
export type Dimension = number | 'T' | 'N';

/** What the symbols stand for in one task. A map has T = 1 and no N; an encoder has no N. */
export interface TextSize {
  readonly T: number;
  readonly N: number;
}

export const isSymbol = (dimension: Dimension): dimension is 'T' | 'N' => typeof dimension !== 'number';

export const resolveDimension = (dimension: Dimension, size: TextSize): number =>
  typeof dimension === 'number' ? dimension : size[dimension];

const SYMBOL_T = 0xffff_ffff;
const SYMBOL_N = 0xffff_fffe;
/** The largest constant length. */
const DIMENSION_MAX: number = 2 ** 31 - 1;

/** u32: a constant 1…2^31 − 1, 2^32 − 1 for T, 2^32 − 2 for N. */
export const dimension: Codec<Dimension> = {
  typeName: 'uint32',
  write: (writer, value, name) => {
    if (value === 'T' || value === 'N') return writer.u32(value === 'T' ? SYMBOL_T : SYMBOL_N);
    if (!Number.isInteger(value) || value < 1 || value > DIMENSION_MAX)
      refuseValue(name, `T, N or an integer 1…${DIMENSION_MAX}`, value);
    writer.u32(value);
  },
  read: (reader, name) => {
    const value = reader.u32();
    if (value === SYMBOL_T) return 'T';
    if (value === SYMBOL_N) return 'N';
    if (value < 1 || value > DIMENSION_MAX)
      throw new AivmError('malformed', `${name}: ${value} is neither T, N nor 1…${DIMENSION_MAX}`);
    return value;
  },
  toJson: (value) => value,
};
