import { SHIFT_MAX } from '../arithmetic/int64.ts';
import { type Dimension, isSymbol } from '../model/dimension.ts';
import { type ElementType, rangeOf } from '../model/element-type.ts';
import { equalDims, showDims, showTensor, type TensorSpec } from '../model/tensor.ts';
import { type OperatorSpec, requireSpec } from './operator.ts';

/** The largest part of a row that one unit reads of one tensor, in bytes. */
const SEGMENT_BYTES_MAX = 16_384;

type Named = Pick<OperatorSpec<unknown>, 'name'>;

/** Input `index` has one of `types`. */
export function requireInputType(
  spec: OperatorSpec<unknown>,
  index: number,
  types: readonly ElementType[],
): TensorSpec {
  const tensor = spec.inputs[index];
  requireSpec(tensor !== undefined, spec, () => `input ${index} is missing`);
  requireSpec(
    types.includes(tensor.type),
    spec,
    () => `input ${index} is ${showTensor(tensor)}; its type must be ${types.join(' or ')}`,
  );
  return tensor;
}

export function requireOutputType(spec: OperatorSpec<unknown>, types: readonly ElementType[]): void {
  requireSpec(
    types.includes(spec.output.type),
    spec,
    () => `writes ${showTensor(spec.output)}; its type must be ${types.join(' or ')}`,
  );
}

/** `got` has exactly the axes `wanted`. `what` names the tensor. */
export function requireDims(
  spec: Named,
  what: string,
  got: readonly Dimension[],
  wanted: readonly Dimension[],
): void {
  requireSpec(
    equalDims(got, wanted),
    spec,
    () => `${what} has axes ${showDims(got)}; they must be ${showDims(wanted)}`,
  );
}

export const requireOutputDims = (spec: OperatorSpec<unknown>, wanted: readonly Dimension[]): void =>
  requireDims(spec, 'the output', spec.output.dims, wanted);

export function requireRank(spec: Named, what: string, { dims }: TensorSpec, rank: number): void {
  requireSpec(dims.length === rank, spec, () => `${what} has ${dims.length} axes; it must have ${rank}`);
}

/** A length that may not follow the text. */
export function requireConstant(
  spec: Named,
  what: string,
  length: Dimension | undefined,
): asserts length is number {
  requireSpec(typeof length === 'number', spec, () => `${what} is ${length}; it must be a constant`);
}

export function requireRange(
  spec: Named,
  what: string,
  value: number,
  [low, high]: readonly [low: number, high: number],
): void {
  requireSpec(value >= low && value <= high, spec, () => `${what} is ${value}; it must be ${low}…${high}`);
}

export const requireShift = (spec: Named, shift: number): void =>
  requireRange(spec, 'shift', shift, [0, SHIFT_MAX]);

/** A zero point lies in the range of its type; one of an i32 is 0. */
export function requireZeroPoint(spec: Named, what: string, value: number, type: ElementType): void {
  requireRange(spec, what, value, type === 'i32' ? [0, 0] : rangeOf(type));
}

/** lo ≤ hi inside the type; an i32 has no bounds but the type's. */
export function requireBounds(spec: OperatorSpec<unknown>, low: number, high: number): void {
  const [least, most] = rangeOf(spec.output.type);
  const isFull = low === least && high === most;
  requireSpec(
    spec.output.type === 'i32' ? isFull : low <= high && low >= least && high <= most,
    spec,
    () =>
      `lo…hi is ${low}…${high}; for ${spec.output.type} it must ${
        spec.output.type === 'i32' ? 'be' : 'lie within'
      } ${least}…${most}`,
  );
}

/** The largest number that `length` stands for. */
export function largest(spec: OperatorSpec<unknown>, length: Dimension): number {
  if (!isSymbol(length)) return length;
  return length === 'T' ? spec.maxT : spec.maxNew;
}

/** The last axis. Every tensor has one. */
export const lastDim = ({ dims }: TensorSpec): Dimension => dims[dims.length - 1] as Dimension;

/** All axes but the last. */
export const leadingDims = ({ dims }: TensorSpec): readonly Dimension[] => dims.slice(0, -1);

/** How many segments cut the last axis; an axis that follows the text must fit one. */
export function segmentCount(
  spec: OperatorSpec<unknown>,
  what: string,
  length: Dimension,
  segment: number,
): number {
  requireSpec(segment >= 1, spec, () => `segment is ${segment}; it must be at least 1`);
  const most = largest(spec, length);
  requireSpec(
    !isSymbol(length) || segment >= most,
    spec,
    () => `segment is ${segment}; it must be at least ${most}, because ${what} is ${length}`,
  );
  return isSymbol(length) ? 1 : Math.ceil(length / segment);
}

/** `count` elements of `size` bytes fit what one unit may read of one tensor. */
export function requireSegmentBytes(spec: Named, count: number, size: number): void {
  requireSpec(
    count * size <= SEGMENT_BYTES_MAX,
    spec,
    () => `a unit reads ${count * size} bytes of a row; at most ${SEGMENT_BYTES_MAX}`,
  );
}

/** The narrow types that may hold activations. */
export const ACTIVATIONS = ['i8', 'i16'] as const satisfies readonly ElementType[];
export const ACTIVATIONS_AND_SUMS = ['i8', 'i16', 'i32'] as const satisfies readonly ElementType[];
