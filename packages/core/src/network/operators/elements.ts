import { isNarrow, type TensorData } from '../model/element-type.ts';
import type { OperatorNode, UnitReader } from './operator.ts';

/** Element `element` of input `input`, of any type. */
export function readElement(
  { inputs }: OperatorNode<unknown>,
  read: UnitReader,
  input: number,
  element: number,
): bigint {
  return isNarrow(inputs[input]!.type)
    ? BigInt(read.numbers(input, element, 1)[0] as number)
    : (read.integers(input, element, 1)[0] as bigint);
}

/** Copies `count` elements between tensors of the same type. */
export function copyElements(
  target: TensorData,
  targetStart: number,
  source: TensorData,
  sourceStart: number,
  count: number,
): void {
  const end = sourceStart + count;
  if (target instanceof BigInt64Array) {
    if (source instanceof BigInt64Array) target.set(source.subarray(sourceStart, end), targetStart);
  } else if (!(source instanceof BigInt64Array)) {
    target.set(source.subarray(sourceStart, end), targetStart);
  }
}

/** Elements from one place of each axis to the next. */
export function stridesOf(dims: readonly number[]): readonly number[] {
  const strides = dims.map(() => 1);
  for (let axis = dims.length - 2; axis >= 0; axis--)
    strides[axis] = (strides[axis + 1] as number) * (dims[axis + 1] as number);
  return strides;
}

/** The place along each axis of element `element`. */
export function coordinatesOf(dims: readonly number[], element: number): readonly number[] {
  let rest = element;
  return stridesOf(dims).map((stride) => {
    const coordinate = Math.floor(rest / stride);
    rest -= coordinate * stride;
    return coordinate;
  });
}

/** Calls `visit` with the coordinates of each element in order. The array is used again for the next one. */
export function forEachPlace(dims: readonly number[], visit: (coordinates: readonly number[]) => void): void {
  const coordinates = dims.map(() => 0);
  for (;;) {
    visit(coordinates);
    let axis = dims.length - 1;
    while (axis >= 0) {
      coordinates[axis] = (coordinates[axis] as number) + 1;
      if ((coordinates[axis] as number) < (dims[axis] as number)) break;
      coordinates[axis] = 0;
      axis--;
    }
    if (axis < 0) return;
  }
}

/** Σ coordinate · stride. */
export const offsetOf = (coordinates: readonly number[], strides: readonly number[]): number =>
  coordinates.reduce((offset, coordinate, axis) => offset + coordinate * (strides[axis] as number), 0);
