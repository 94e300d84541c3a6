import type { Codec } from '../../bytes/codec/codec.ts';
import { list, struct } from '../../bytes/codec/composites.ts';
import { AivmError } from '../../errors/aivm-error.ts';
import { type Dimension, dimension, resolveDimension, type TextSize } from './dimension.ts';
import { ELEMENT_SIZE, type ElementType, elementType } from './element-type.ts';

export const RANK_MAX = 4;

/** A tensor as a header describes it: row-major, 1…4 axes. */
export interface TensorSpec {
  readonly type: ElementType;
  readonly dims: readonly Dimension[];
}

const dimensions: Codec<readonly Dimension[]> = list(dimension, RANK_MAX);

export const tensorSpec: Codec<TensorSpec> = struct('Tensor', {
  type: elementType,
  dims: {
    ...dimensions,
    read: (reader, name) => {
      const dims = dimensions.read(reader, name);
      if (dims.length === 0) throw new AivmError('malformed', `${name}: a tensor has at least one axis`);
      return dims;
    },
  },
});

/** A tensor of one task: its lengths are numbers. */
export interface Shape {
  readonly type: ElementType;
  readonly dims: readonly number[];
  /** Elements in all. */
  readonly count: number;
}

export function resolveTensor({ type, dims }: TensorSpec, size: TextSize): Shape {
  const lengths = dims.map((length) => resolveDimension(length, size));
  return { type, dims: lengths, count: product(lengths) };
}

/** The product of `lengths`; 1 for none. Exact below 2^53, and above it still too large for every bound. */
export const product = (lengths: readonly number[]): number =>
  lengths.reduce((total, length) => total * length, 1);

/** The last axis' length of a shape. */
export const lastOf = ({ dims }: Shape): number => dims[dims.length - 1] as number;

/** Bytes of a tensor, padding excluded. */
export const sizeOf = ({ type, count }: Shape): number => count * ELEMENT_SIZE[type];

export const equalDims = (left: readonly Dimension[], right: readonly Dimension[]): boolean =>
  left.length === right.length && left.every((length, axis) => length === right[axis]);

/** "[T][4][64]". */
export const showDims = (dims: readonly Dimension[]): string =>
  dims.map((length) => `[${length}]`).join('') || 'none';

/** "i16 [T][4][64]". */
export const showTensor = ({ type, dims }: TensorSpec): string => `${type} ${showDims(dims)}`;
