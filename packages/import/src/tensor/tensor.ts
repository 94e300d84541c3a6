/** Numbers of a float model, row-major. Integers are held as doubles, which are exact below 2^53. */
export interface Tensor {
  readonly dims: readonly number[];
  readonly data: Numbers;
  /** Whether the values are integers or truth values (0, 1). */
  readonly isInteger: boolean;
  /** Whether the values were stored as signed bytes, which tells the grids of quantised models apart. */
  readonly isInt8?: boolean;
}

/** Numbers in memory. */
export type Numbers = Float32Array | Float64Array;

/** Σ f(x). */
export function sumOf(values: Numbers, f: (value: number) => number = (value) => value): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += f(values[i] as number);
  return sum;
}

/** The place of the largest value, the first of equals. */
export function placeOfLargest(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if ((values[i] as number) > (values[best] as number)) best = i;
  return best;
}

/** The product of `dims`; 1 for none. */
export const countOf = (dims: readonly number[]): number => dims.reduce((count, length) => count * length, 1);

export const floats = (
  dims: readonly number[],
  data: Float32Array = new Float32Array(countOf(dims)),
): Tensor => ({
  dims,
  data,
  isInteger: false,
});

export const integers = (dims: readonly number[], values: ArrayLike<number>): Tensor => ({
  dims,
  data: Float64Array.from(values),
  isInteger: true,
});

/** A tensor of the same kind of numbers under other axes and in other memory. */
export const like = ({ isInteger }: Tensor, dims: readonly number[], data: Numbers): Tensor => ({
  dims,
  data,
  isInteger,
});

/** Zeroed memory for `count` values of the same kind. */
export const emptyLike = ({ data }: Tensor, count: number): Numbers =>
  data instanceof Float32Array ? new Float32Array(count) : new Float64Array(count);

/** Elements from one place of each axis to the next. */
export function stridesOf(dims: readonly number[]): readonly number[] {
  const strides = dims.map(() => 1);
  for (let axis = dims.length - 2; axis >= 0; axis--)
    strides[axis] = (strides[axis + 1] as number) * (dims[axis + 1] as number);
  return strides;
}

/** "[1][384]". */
export const showDims = (dims: readonly (number | string)[]): string =>
  dims.map((length) => `[${length}]`).join('') || 'a single number';

/** The tensor with its axes in another order: axis i of the result is axis `order[i]`. */
export function transposed(tensor: Tensor, order: readonly number[]): Tensor {
  const dims = order.map((axis) => tensor.dims[axis] as number);
  if (order.every((axis, i) => axis === i)) return tensor;
  const from = stridesOf(tensor.dims);
  const steps = order.map((axis) => from[axis] as number);
  const data = emptyLike(tensor, tensor.data.length);
  const place = dims.map(() => 0);
  let source = 0;
  for (let i = 0; i < data.length; i++) {
    data[i] = tensor.data[source] as number;
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      place[axis] = (place[axis] as number) + 1;
      source += steps[axis] as number;
      if ((place[axis] as number) < (dims[axis] as number)) break;
      source -= (steps[axis] as number) * (dims[axis] as number);
      place[axis] = 0;
    }
  }
  return like(tensor, dims, data);
}

/** The axes of a result that `left` and `right` are spread over, or undefined where they do not fit. */
export function broadcastDims(
  left: readonly number[],
  right: readonly number[],
): readonly number[] | undefined {
  const rank = Math.max(left.length, right.length);
  const dims: number[] = [];
  for (let i = 0; i < rank; i++) {
    const a = left[left.length - rank + i] ?? 1;
    const b = right[right.length - rank + i] ?? 1;
    if (a !== b && a !== 1 && b !== 1) return undefined;
    dims.push(a === 1 ? b : a);
  }
  return dims;
}

/** The values of `tensor` spread over `dims`, which its axes fit. */
export function spread(tensor: Tensor, dims: readonly number[]): Tensor {
  if (tensor.dims.length === dims.length && tensor.dims.every((length, axis) => length === dims[axis]))
    return tensor;
  const padded = [...Array<number>(dims.length - tensor.dims.length).fill(1), ...tensor.dims];
  const strides = stridesOf(padded).map((stride, axis) => (padded[axis] === 1 ? 0 : stride));
  const data = emptyLike(tensor, countOf(dims));
  const place = dims.map(() => 0);
  let source = 0;
  for (let i = 0; i < data.length; i++) {
    data[i] = tensor.data[source] as number;
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      place[axis] = (place[axis] as number) + 1;
      source += strides[axis] as number;
      if ((place[axis] as number) < (dims[axis] as number)) break;
      source -= (strides[axis] as number) * (dims[axis] as number);
      place[axis] = 0;
    }
  }
  return like(tensor, dims, data);
}
