import { type Dimension, ELEMENT_RANGE, type TextSize } from '@aivm/core/network';
import { countOf, stridesOf, transposed } from '../tensor/tensor.ts';
import type { Graph, GraphNode, Grid, Matrix, Operation, OperationKind } from './graph.ts';
import { attend, matrixRows, normalizeRows, rotateRows } from './run-rows.ts';
import { convolve, poolPlaces } from './run-windows.ts';

/** The values of one node in a run. */
export interface Values {
  readonly dims: readonly number[];
  readonly data: Float64Array;
}

/** What a run is fed: the numbers of a map's input, or tokens. */
export interface FloatInput {
  readonly numbers?: ArrayLike<number>;
  readonly tokens?: ArrayLike<number>;
}

type Of<K extends OperationKind> = Extract<Operation, { readonly kind: K }>;

interface Step<K extends OperationKind> {
  readonly operation: Of<K>;
  readonly inputs: readonly Values[];
  readonly dims: readonly number[];
  readonly input: FloatInput;
}

type Runners = { readonly [K in OperationKind]: (step: Step<K>) => Float64Array };

const first = ({ inputs }: { readonly inputs: readonly Values[] }): Values => inputs[0] as Values;

function embed({ operation: { table, ofPosition }, dims, input }: Step<'embed'>): Float64Array {
  const [count, width] = dims as [number, number];
  const y = new Float64Array(count * width);
  for (let t = 0; t < count; t++) {
    const row = ofPosition ? t : (input.tokens?.[t] ?? 0);
    y.set(table.data.subarray(row * width, (row + 1) * width), t * width);
  }
  return y;
}

function rowsTimes(x: Float64Array, weights: Matrix, bias: Float64Array): Float64Array {
  const y = new Float64Array((x.length / weights.width) * weights.rows);
  matrixRows(x, weights, bias, y);
  return y;
}

function multiply({ inputs }: Step<'mul'>): Float64Array {
  const [a, b] = inputs as [Values, Values];
  const { length } = b.data;
  return a.data.map((value, i) => value * (b.data[i % length] as number));
}

function product({ operation: { factor }, inputs, dims }: Step<'product'>): Float64Array {
  const [a, b] = inputs as [Values, Values];
  const inner = a.dims[a.dims.length - 1] as number;
  const [rows, columns] = dims.slice(-2) as [number, number];
  const y = new Float64Array(countOf(dims));
  for (let element = 0; element < y.length; element++) {
    const batch = Math.floor(element / (rows * columns));
    const aStart = Math.floor(element / columns) * inner;
    const bStart = (batch * columns + (element % columns)) * inner;
    let sum = 0;
    for (let k = 0; k < inner; k++) sum += (a.data[aStart + k] as number) * (b.data[bStart + k] as number);
    y[element] = sum * factor;
  }
  return y;
}

function meanOfRows(step: Step<'mean'>): Float64Array {
  const { dims, data } = first(step);
  const [count, width] = dims as [number, number];
  const y = new Float64Array(width);
  for (let i = 0; i < data.length; i++) y[i % width] = (y[i % width] as number) + (data[i] as number);
  return y.map((sum) => sum / count);
}

function concat({ operation: { axis }, inputs, dims }: Step<'concat'>): Float64Array {
  const y = new Float64Array(countOf(dims));
  let target = 0;
  for (let outer = 0; target < y.length; outer++)
    for (const { dims: own, data } of inputs) {
      const block = countOf(own.slice(axis));
      y.set(data.subarray(outer * block, (outer + 1) * block), target);
      target += block;
    }
  return y;
}

/** Elements of `dims` that come from the place that `sourceOf` gives for their coordinates; −1 stands for 0. */
function moved(
  { data }: Values,
  dims: readonly number[],
  sourceOf: (place: readonly number[]) => number,
): Float64Array {
  const y = new Float64Array(countOf(dims));
  const strides = stridesOf(dims);
  for (let i = 0; i < y.length; i++) {
    const source = sourceOf(strides.map((stride, axis) => Math.floor(i / stride) % (dims[axis] as number)));
    y[i] = source < 0 ? 0 : (data[source] as number);
  }
  return y;
}

const placeIn = (dims: readonly number[], place: readonly number[]): number => {
  if (place.some((at, axis) => at < 0 || at >= (dims[axis] as number))) return -1;
  return stridesOf(dims).reduce((sum, stride, axis) => sum + stride * (place[axis] as number), 0);
};

function argmax(step: Step<'argmax'>): Float64Array {
  const { dims, data } = first(step);
  const width = dims[dims.length - 1] as number;
  return Float64Array.from({ length: data.length / width }, (_, row) => {
    let best = 0;
    for (let i = 1; i < width; i++)
      if ((data[row * width + i] as number) > (data[row * width + best] as number)) best = i;
    return best;
  });
}

const RUNNERS: Runners = {
  input: ({ input }) => Float64Array.from(input.numbers ?? []),
  embed,
  dense: (step) => rowsTimes(first(step).data, step.operation.weights, step.operation.bias),
  conv: (step) => convolve(step.operation, first(step), step.dims),
  pool: (step) => poolPlaces(step.operation, first(step), step.dims),
  add: ({ inputs }) =>
    (inputs[0] as Values).data.map((value, i) => value + ((inputs[1] as Values).data[i] as number)),
  mul: multiply,
  affine: (step) => {
    const { gain, bias } = step.operation;
    return first(step).data.map(
      (value, i) => value * (gain[i % gain.length] as number) + (bias[i % gain.length] as number),
    );
  },
  unary: (step) => first(step).data.map(step.operation.function.apply),
  round: (step) => first(step).data,
  norm: (step) => normalizeRows(step.operation, first(step).data),
  rope: (step) => rotateRows(step.operation.angles, first(step)),
  attention: ({ operation, inputs }) => attend(operation, inputs as [Values, Values, Values]),
  product,
  mean: meanOfRows,
  reshape: (step) => first(step).data,
  transpose: (step) => {
    const { dims, data } = first(step);
    return transposed({ dims, data, isInteger: false }, step.operation.order).data as Float64Array;
  },
  concat,
  slice: (step) => {
    const { axis, start } = step.operation;
    return moved(first(step), step.dims, (place) =>
      placeIn(first(step).dims, place.with(axis, (place[axis] as number) + start)),
    );
  },
  pad: (step) =>
    moved(first(step), step.dims, (place) =>
      placeIn(
        first(step).dims,
        place.map((at, axis) => at - (step.operation.before[axis] as number)),
      ),
    ),
  upsample: (step) =>
    moved(first(step), step.dims, (place) =>
      placeIn(
        first(step).dims,
        place.map((at, axis) => Math.floor(at / (step.operation.factors[axis] as number))),
      ),
    ),
  tail: (step) => first(step).data.subarray(first(step).data.length - countOf(step.dims)),
  argmax,
};

const resolve = (dims: readonly Dimension[], { T, N }: TextSize): readonly number[] =>
  dims.map((length) => (length === 'T' ? T : length === 'N' ? N : length));

/** The nearest number of a grid. */
function toGrid(value: number, { type, scale, zero }: Grid): number {
  const [low, high] = ELEMENT_RANGE[type];
  return (Math.min(Math.max(Math.round(value / scale) + zero, low), high) - zero) * scale;
}

function runNode(node: GraphNode, inputs: readonly Values[], input: FloatInput, size: TextSize): Values {
  const dims = resolve(node.dims, size);
  // The runner is the one of the operation's own kind.
  const run = RUNNERS[node.operation.kind] as (step: Step<OperationKind>) => Float64Array;
  let data = run({ operation: node.operation as never, inputs, dims, input });
  const { clip, operation } = node;
  if (clip !== undefined) data = data.map((value) => Math.min(Math.max(value, clip[0]), clip[1]));
  const grid = operation.kind === 'round' ? operation.grid : node.grid;
  if (grid !== undefined) data = data.map((value) => toGrid(value, grid));
  return { dims, data };
}

/**
 * Runs a graph in floats: the values of all nodes by id.
 *
 * @param size rows of the text, and posted tokens of a decoder
 */
export function runFloat({ nodes }: Graph, input: FloatInput, size: TextSize): ReadonlyMap<number, Values> {
  const values = new Map<number, Values>();
  for (const node of nodes) {
    const read = node.inputs.map((id) => values.get(id) as Values);
    values.set(node.id, runNode(node, read, input, size));
  }
  return values;
}
