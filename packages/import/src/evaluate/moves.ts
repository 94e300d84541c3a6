import { numberOf, numbersOf, type OnnxNode, textOf } from '../onnx/onnx-model.ts';
import {
  broadcastDims,
  countOf,
  emptyLike,
  like,
  showDims,
  spread,
  stridesOf,
  type Tensor,
  transposed,
} from '../tensor/tensor.ts';
import { axisOf, type Evaluate, inputOf, integersOf, refuseNode } from './evaluate-node.ts';

/** The axes that a Reshape writes: 0 keeps an axis, −1 takes what is left. */
function reshapedDims(node: OnnxNode, dims: readonly number[], wanted: readonly number[]): readonly number[] {
  const keepsZero = numberOf(node, 'allowzero', 0) === 0;
  const lengths = wanted.map((length, axis) =>
    length === 0 && keepsZero
      ? (dims[axis] ?? refuseNode(node, `keeps axis ${axis} of ${showDims(dims)}`))
      : length,
  );
  const known = countOf(lengths.filter((length) => length !== -1));
  const result = lengths.map((length) => (length === -1 ? countOf(dims) / known : length));
  if (countOf(result) !== countOf(dims))
    return refuseNode(node, `makes ${showDims(wanted)} of ${showDims(dims)}`);
  return result;
}

/** Axes without those of one place that a Squeeze names (all without a list). */
function squeezedDims(
  node: OnnxNode,
  dims: readonly number[],
  axes: readonly number[] | undefined,
): readonly number[] {
  const named = axes?.map((axis) => axisOf(node, axis, dims.length));
  return dims.filter((length, axis) => (named === undefined ? length !== 1 : !named.includes(axis)));
}

/** Axes with those of one place that an Unsqueeze adds. */
function unsqueezedDims(node: OnnxNode, dims: readonly number[], axes: readonly number[]): readonly number[] {
  const rank = dims.length + axes.length;
  const added = axes.map((axis) => axisOf(node, axis, rank));
  const rest = [...dims];
  return Array.from({ length: rank }, (_, axis) => (added.includes(axis) ? 1 : (rest.shift() as number)));
}

/** Axes of a list: the second input, or an attribute of older operators. */
export const listOf = (
  node: OnnxNode,
  inputs: readonly (Tensor | undefined)[],
  attribute: string,
): readonly number[] | undefined => integersOf(inputs[1]) ?? numbersOf(node, attribute);

const renamed =
  (
    dimsOf: (node: OnnxNode, x: Tensor, list: readonly number[] | undefined) => readonly number[],
    attribute: string,
  ): Evaluate =>
  (node, inputs) => {
    const x = inputOf(node, inputs, 0);
    return [like(x, dimsOf(node, x, listOf(node, inputs, attribute)), x.data)];
  };

/** One axis of a Slice: places start, start + step, … */
export interface SlicedAxis {
  readonly axis: number;
  readonly start: number;
  readonly step: number;
  readonly count: number;
}

/** The axes that a Slice cuts. */
export function slicedAxes(
  node: OnnxNode,
  dims: readonly number[],
  inputs: readonly (Tensor | undefined)[],
): readonly SlicedAxis[] {
  const of = (index: number, name: string): readonly number[] | undefined =>
    integersOf(inputs[index]) ?? numbersOf(node, name);
  const starts = of(1, 'starts') ?? refuseNode(node, 'has no starts');
  const ends = of(2, 'ends') ?? refuseNode(node, 'has no ends');
  const axes = of(3, 'axes') ?? starts.map((_, i) => i);
  const steps = integersOf(inputs[4]) ?? starts.map(() => 1);
  return axes.map((named, i) => {
    const axis = axisOf(node, named, dims.length);
    const length = dims[axis] as number;
    const step = steps[i] as number;
    const inside = (value: number, low: number, high: number): number =>
      Math.min(Math.max(value < 0 ? value + length : value, low), high);
    const start =
      step > 0 ? inside(starts[i] as number, 0, length) : inside(starts[i] as number, 0, length - 1);
    const end = step > 0 ? inside(ends[i] as number, 0, length) : inside(ends[i] as number, -1, length);
    return { axis, start, step, count: Math.max(0, Math.ceil((end - start) / step)) };
  });
}

/** Elements of `x` along one axis, at the given places. */
function takePlaces(x: Tensor, axis: number, places: readonly number[]): Tensor {
  const dims = x.dims.with(axis, places.length);
  const inner = countOf(x.dims.slice(axis + 1));
  const outer = countOf(x.dims.slice(0, axis));
  const length = x.dims[axis] as number;
  const data = emptyLike(x, countOf(dims));
  let target = 0;
  for (let i = 0; i < outer; i++)
    for (const place of places) {
      const source = (i * length + place) * inner;
      data.set(x.data.subarray(source, source + inner), target);
      target += inner;
    }
  return like(x, dims, data);
}

const slice: Evaluate = (node, inputs) => {
  const x = inputOf(node, inputs, 0);
  return [
    slicedAxes(node, x.dims, inputs).reduce(
      (rest, { axis, start, step, count }) =>
        takePlaces(
          rest,
          axis,
          Array.from({ length: count }, (_, i) => start + i * step),
        ),
      x,
    ),
  ];
};

/** Lengths of the parts of a Split along its axis. */
export function splitLengths(
  node: OnnxNode,
  length: number,
  inputs: readonly (Tensor | undefined)[],
): readonly number[] {
  const given = listOf(node, inputs, 'split');
  if (given !== undefined && given.length > 0) return given;
  const count = node.outputs.length;
  const size = Math.ceil(length / count);
  return Array.from({ length: count }, (_, i) => Math.min(size, length - i * size));
}

const split: Evaluate = (node, inputs) => {
  const x = inputOf(node, inputs, 0);
  const axis = axisOf(node, numberOf(node, 'axis', 0), x.dims.length);
  let start = 0;
  return splitLengths(node, x.dims[axis] as number, inputs).map((length) => {
    const places = Array.from({ length }, (_, i) => start + i);
    start += length;
    return takePlaces(x, axis, places);
  });
};

const concat: Evaluate = (node, inputs) => {
  const parts = inputs.map((_, index) => inputOf(node, inputs, index));
  const first = parts[0] ?? refuseNode(node, 'has no input');
  const axis = axisOf(node, numberOf(node, 'axis', 0), first.dims.length);
  const dims = first.dims.with(
    axis,
    parts.reduce((sum, part) => sum + (part.dims[axis] as number), 0),
  );
  const data = emptyLike(first, countOf(dims));
  const outer = countOf(dims.slice(0, axis));
  const blocks = parts.map((part) => countOf(part.dims.slice(axis)));
  let target = 0;
  for (let i = 0; i < outer; i++)
    for (const [p, part] of parts.entries()) {
      const block = blocks[p] as number;
      data.set(part.data.subarray(i * block, (i + 1) * block), target);
      target += block;
    }
  return [like(first, dims, data)];
};

const gather: Evaluate = (node, inputs) => {
  const x = inputOf(node, inputs, 0);
  const indices = inputOf(node, inputs, 1);
  const axis = axisOf(node, numberOf(node, 'axis', 0), x.dims.length);
  const length = x.dims[axis] as number;
  const places = Array.from(indices.data, (index) => (index < 0 ? index + length : index));
  const outside = places.find((place) => place < 0 || place >= length);
  if (outside !== undefined) return refuseNode(node, `reads place ${outside} of ${length}`);
  const taken = takePlaces(x, axis, places);
  return [like(x, [...x.dims.slice(0, axis), ...indices.dims, ...x.dims.slice(axis + 1)], taken.data)];
};

const expand: Evaluate = (node, inputs) => {
  const x = inputOf(node, inputs, 0);
  const wanted = integersOf(inputOf(node, inputs, 1)) as readonly number[];
  const dims =
    broadcastDims(x.dims, wanted) ?? refuseNode(node, `spreads ${showDims(x.dims)} over ${showDims(wanted)}`);
  return [spread(x, dims)];
};

const tile: Evaluate = (node, inputs) => {
  const repeats = integersOf(inputOf(node, inputs, 1)) as readonly number[];
  return [
    repeats.reduce(
      (x, times, axis) => {
        const length = x.dims[axis] as number;
        return takePlaces(
          x,
          axis,
          Array.from({ length: length * times }, (_, i) => i % length),
        );
      },
      inputOf(node, inputs, 0),
    ),
  ];
};

/** Places before and behind each axis that a Pad adds; negative ones are refused. */
export function paddings(
  node: OnnxNode,
  rank: number,
  inputs: readonly (Tensor | undefined)[],
): readonly (readonly [before: number, after: number])[] {
  const pads = listOf(node, inputs, 'pads') ?? refuseNode(node, 'has no pads');
  const axes =
    integersOf(inputs[3])?.map((axis) => axisOf(node, axis, rank)) ??
    Array.from({ length: rank }, (_, i) => i);
  const result = Array.from({ length: rank }, () => [0, 0] as [number, number]);
  for (const [i, axis] of axes.entries()) result[axis] = [pads[i] as number, pads[i + axes.length] as number];
  if (result.some((pair) => pair.some((value) => value < 0)))
    return refuseNode(node, 'cuts by negative pads');
  return result;
}

const pad: Evaluate = (node, inputs) => {
  if (textOf(node, 'mode', 'constant') !== 'constant')
    return refuseNode(node, `of mode ${textOf(node, 'mode', '')} has no integer form`);
  const x = inputOf(node, inputs, 0);
  const around = paddings(node, x.dims.length, inputs);
  const dims = x.dims.map(
    (length, axis) => length + (around[axis] as readonly number[]).reduce((a, b) => a + b),
  );
  const data = emptyLike(x, countOf(dims)).fill(inputs[2]?.data[0] ?? numberOf(node, 'value', 0));
  const strides = stridesOf(dims);
  const row = x.dims[x.dims.length - 1] as number;
  const place = x.dims.map(() => 0);
  for (let source = 0; source < x.data.length; source += row) {
    const target = place.reduce(
      (sum, at, axis) =>
        sum + (at + (around[axis] as readonly [number, number])[0]) * (strides[axis] as number),
      0,
    );
    data.set(x.data.subarray(source, source + row), target);
    for (let axis = place.length - 2; axis >= 0; axis--) {
      place[axis] = (place[axis] as number) + 1;
      if ((place[axis] as number) < (x.dims[axis] as number)) break;
      place[axis] = 0;
    }
  }
  return [like(x, dims, data)];
};

/** The nearest place, whole numbers of times. */
const resize: Evaluate = (node, inputs) => {
  const x = inputOf(node, inputs, 0);
  const mode = textOf(node, 'mode', 'nearest');
  if (mode !== 'nearest') return refuseNode(node, `of mode ${mode} has no integer form`);
  const isUpsample = node.operator === 'Upsample';
  const scales = integersOf(inputs[isUpsample ? 1 : 2]) ?? numbersOf(node, 'scales');
  const sizes = integersOf(inputs[3]);
  const factors =
    sizes !== undefined && sizes.length > 0
      ? sizes.map((size, axis) => size / (x.dims[axis] as number))
      : (scales ?? []);
  if (factors.length !== x.dims.length || factors.some((factor) => !Number.isInteger(factor) || factor < 1))
    return refuseNode(node, `by ${factors.join(' × ')} has no integer form; whole numbers have one`);
  return [
    factors.reduce(
      (rest, factor, axis) =>
        takePlaces(
          rest,
          axis,
          Array.from({ length: (rest.dims[axis] as number) * factor }, (_, i) => Math.floor(i / factor)),
        ),
      x,
    ),
  ];
};

const identity: Evaluate = (node, inputs) => [inputOf(node, inputs, 0)];

export const MOVES: Readonly<Record<string, Evaluate>> = {
  Concat: concat,
  Dropout: identity,
  Expand: expand,
  Flatten: (node, inputs) => {
    const x = inputOf(node, inputs, 0);
    const axis = numberOf(node, 'axis', 1);
    const at = axis < 0 ? axis + x.dims.length : axis;
    return [like(x, [countOf(x.dims.slice(0, at)), countOf(x.dims.slice(at))], x.data)];
  },
  Gather: gather,
  Identity: identity,
  Pad: pad,
  Reshape: renamed(
    (node, x, list) => reshapedDims(node, x.dims, list ?? refuseNode(node, 'has no shape')),
    'shape',
  ),
  Resize: resize,
  Slice: slice,
  Split: split,
  Squeeze: renamed((node, x, list) => squeezedDims(node, x.dims, list), 'axes'),
  Tile: tile,
  Transpose: (node, inputs) => {
    const x = inputOf(node, inputs, 0);
    return [transposed(x, numbersOf(node, 'perm') ?? x.dims.map((_, axis) => x.dims.length - 1 - axis))];
  },
  Upsample: resize,
  Unsqueeze: renamed(
    (node, x, list) => unsqueezedDims(node, x.dims, list ?? refuseNode(node, 'has no axes')),
    'axes',
  ),
};
