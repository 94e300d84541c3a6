import { numberOf, numbersOf, type OnnxNode } from '../onnx/onnx-model.ts';
import {
  countOf,
  floats,
  integers,
  like,
  placeOfLargest,
  showDims,
  stridesOf,
  sumOf,
  type Tensor,
} from '../tensor/tensor.ts';
import { axisOf, type Evaluate, inputOf, integersOf, refuseNode } from './evaluate-node.ts';
import { windowOf } from './windows.ts';

/** The axes that a reduction names: all without a list. */
export function reducedAxes(
  node: OnnxNode,
  rank: number,
  inputs: readonly (Tensor | undefined)[],
): readonly number[] {
  const named = integersOf(inputs[1]) ?? numbersOf(node, 'axes');
  if (named === undefined || named.length === 0)
    return numberOf(node, 'noop_with_empty_axes', 0) === 1 ? [] : Array.from({ length: rank }, (_, i) => i);
  return named.map((axis) => axisOf(node, axis, rank));
}

interface Reduction {
  readonly initial: number;
  step(soFar: number, value: number): number;
  finish(sum: number, count: number): number;
}

const same = (sum: number): number => sum;
const plus = (sum: number, value: number): number => sum + value;
const REDUCTIONS: Readonly<Record<string, Reduction>> = {
  ReduceL2: { initial: 0, step: (sum, value) => sum + value * value, finish: Math.sqrt },
  ReduceMax: { initial: Number.NEGATIVE_INFINITY, step: Math.max, finish: same },
  ReduceMean: { initial: 0, step: plus, finish: (sum, count) => sum / count },
  ReduceMin: { initial: Number.POSITIVE_INFINITY, step: Math.min, finish: same },
  ReduceProd: { initial: 1, step: (product, value) => product * value, finish: same },
  ReduceSum: { initial: 0, step: plus, finish: same },
  ReduceSumSquare: { initial: 0, step: (sum, value) => sum + value * value, finish: same },
};

const reduction =
  ({ initial, step, finish }: Reduction): Evaluate =>
  (node, inputs) => {
    const x = inputOf(node, inputs, 0);
    const axes = reducedAxes(node, x.dims.length, inputs);
    const kept = x.dims.map((length, axis) => (axes.includes(axis) ? 1 : length));
    const strides = stridesOf(kept).map((stride, axis) => (axes.includes(axis) ? 0 : stride));
    const sums = new Float64Array(countOf(kept)).fill(initial);
    const place = x.dims.map(() => 0);
    let target = 0;
    for (const value of x.data) {
      sums[target] = step(sums[target] as number, value);
      for (let axis = place.length - 1; axis >= 0; axis--) {
        place[axis] = (place[axis] as number) + 1;
        target += strides[axis] as number;
        if ((place[axis] as number) < (x.dims[axis] as number)) break;
        target -= (strides[axis] as number) * (x.dims[axis] as number);
        place[axis] = 0;
      }
    }
    const count = x.data.length / Math.max(1, sums.length);
    const data = sums.map((sum) => finish(sum, count));
    const dims = numberOf(node, 'keepdims', 1) === 1 ? kept : kept.filter((_, axis) => !axes.includes(axis));
    return [x.isInteger ? integers(dims, data) : floats(dims, Float32Array.from(data))];
  };

const softmax: Evaluate = (node, inputs, opset) => {
  const x = inputOf(node, inputs, 0);
  const axis = axisOf(node, numberOf(node, 'axis', opset < 13 ? 1 : -1), x.dims.length);
  const inner = opset < 13 ? 1 : countOf(x.dims.slice(axis + 1));
  const length = opset < 13 ? countOf(x.dims.slice(axis)) : (x.dims[axis] as number);
  const data = new Float32Array(x.data.length);
  for (let outer = 0; outer * length * inner < data.length; outer++)
    for (let column = 0; column < inner; column++) {
      const at = (i: number): number => (outer * length + i) * inner + column;
      let most = Number.NEGATIVE_INFINITY;
      for (let i = 0; i < length; i++) most = Math.max(most, x.data[at(i)] as number);
      let sum = 0;
      for (let i = 0; i < length; i++) sum += Math.exp((x.data[at(i)] as number) - most);
      for (let i = 0; i < length; i++) data[at(i)] = Math.exp((x.data[at(i)] as number) - most) / sum;
    }
  return [floats(x.dims, data)];
};

const pool =
  (isMaximum: boolean): Evaluate =>
  (node, inputs) => {
    const x = inputOf(node, inputs, 0);
    if (x.dims.length !== 4) return refuseNode(node, `over ${showDims(x.dims)} has no integer form`);
    const [batch, channels, height, width] = x.dims as [number, number, number, number];
    const kernel = numbersOf(node, 'kernel_shape') ?? refuseNode(node, 'has no kernel_shape');
    const { outHeight, outWidth, window } = windowOf(node, [height, width], kernel);
    const countsPad = numberOf(node, 'count_include_pad', 0) === 1;
    const y = new Float32Array(batch * channels * outHeight * outWidth);
    for (let i = 0; i < y.length; i++) {
      const plane = Math.floor(i / (outHeight * outWidth)) * height * width;
      const top = (Math.floor(i / outWidth) % outHeight) * window.strideY - window.top;
      const left = (i % outWidth) * window.strideX - window.left;
      let [best, sum, count] = [Number.NEGATIVE_INFINITY, 0, 0];
      for (let ky = 0; ky < window.kernelY; ky++)
        for (let kx = 0; kx < window.kernelX; kx++) {
          const [v, u] = [top + ky * window.dilationY, left + kx * window.dilationX];
          if (v < 0 || v >= height || u < 0 || u >= width) continue;
          const value = x.data[plane + v * width + u] as number;
          best = Math.max(best, value);
          sum += value;
          count++;
        }
      y[i] = isMaximum ? best : sum / (countsPad ? window.kernelY * window.kernelX : count);
    }
    return [floats([batch, channels, outHeight, outWidth], y)];
  };

const globalPool =
  (isMaximum: boolean): Evaluate =>
  (node, inputs) => {
    const x = inputOf(node, inputs, 0);
    const [batch, channels, ...area] = x.dims as [number, number, ...number[]];
    const size = countOf(area);
    const y = Float32Array.from({ length: batch * channels }, (_, i) => {
      const plane = x.data.subarray(i * size, (i + 1) * size);
      return isMaximum ? Math.max(...plane) : sumOf(plane) / size;
    });
    return [floats([batch, channels, ...area.map(() => 1)], y)];
  };

const argMax: Evaluate = (node, inputs) => {
  const x = inputOf(node, inputs, 0);
  const axis = axisOf(node, numberOf(node, 'axis', 0), x.dims.length);
  if (axis !== x.dims.length - 1)
    return refuseNode(node, 'of another axis than the last has no integer form');
  const length = x.dims[axis] as number;
  const rows = x.data.length / length;
  const best = Array.from({ length: rows }, (_, row) => {
    return placeOfLargest(x.data.subarray(row * length, (row + 1) * length));
  });
  const dims = numberOf(node, 'keepdims', 1) === 1 ? x.dims.with(axis, 1) : x.dims.slice(0, -1);
  return [integers(dims, best)];
};

const cumSum: Evaluate = (node, inputs) => {
  const x = inputOf(node, inputs, 0);
  const axis = axisOf(node, inputOf(node, inputs, 1).data[0] as number, x.dims.length);
  const inner = countOf(x.dims.slice(axis + 1));
  const length = x.dims[axis] as number;
  const data = x.data.slice();
  for (let i = 0; i < data.length; i++)
    if (Math.floor(i / inner) % length > 0) data[i] = (data[i] as number) + (data[i - inner] as number);
  return [like(x, x.dims, data)];
};

export const REDUCE: Readonly<Record<string, Evaluate>> = {
  ...Object.fromEntries(Object.entries(REDUCTIONS).map(([name, parts]) => [name, reduction(parts)])),
  ArgMax: argMax,
  AveragePool: pool(false),
  CumSum: cumSum,
  GlobalAveragePool: globalPool(false),
  GlobalMaxPool: globalPool(true),
  MaxPool: pool(true),
  Softmax: softmax,
};
