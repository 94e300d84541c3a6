import { numberOf, type OnnxNode } from '../onnx/onnx-model.ts';
import {
  broadcastDims,
  countOf,
  floats,
  showDims,
  spread,
  type Tensor,
  transposed,
} from '../tensor/tensor.ts';
import { type Evaluate, inputOf, refuseNode } from './evaluate-node.ts';
import { combineTensors } from './pointwise.ts';
import { type Planes, windowOf } from './windows.ts';

type Numbers = Float32Array | Float64Array;

/** Adds the product of [m][k] at `a` and [k][n] at `b` to zeros at `y`. */
function multiply(
  { data: x, start: a }: { data: Numbers; start: number },
  { data: w, start: b }: { data: Numbers; start: number },
  [m, k, n]: readonly [number, number, number],
  y: Float32Array,
  start: number,
): void {
  const row = new Float64Array(n);
  for (let i = 0; i < m; i++) {
    row.fill(0);
    for (let p = 0; p < k; p++) {
      const value = x[a + i * k + p] as number;
      if (value === 0) continue;
      const from = b + p * n;
      for (let j = 0; j < n; j++) row[j] = (row[j] as number) + value * (w[from + j] as number);
    }
    y.set(row, start + i * n);
  }
}

/** The product of two tensors, whose last two axes are matrices. */
function multiplyTensors(node: OnnxNode, left: Tensor, right: Tensor): Tensor {
  const a = left.dims.length === 1 ? { ...left, dims: [1, ...left.dims] } : left;
  const b = right.dims.length === 1 ? { ...right, dims: [...right.dims, 1] } : right;
  const [m, k] = a.dims.slice(-2) as [number, number];
  const [inner, n] = b.dims.slice(-2) as [number, number];
  const batch = broadcastDims(a.dims.slice(0, -2), b.dims.slice(0, -2));
  if (inner !== k || batch === undefined)
    return refuseNode(node, `multiplies ${showDims(left.dims)} with ${showDims(right.dims)}`);
  const [x, w] = [spread(a, [...batch, m, k]), spread(b, [...batch, k, n])];
  const y = new Float32Array(countOf(batch) * m * n);
  for (let i = 0; i < countOf(batch); i++)
    multiply({ data: x.data, start: i * m * k }, { data: w.data, start: i * k * n }, [m, k, n], y, i * m * n);
  const dims = [...batch, ...(left.dims.length === 1 ? [] : [m]), ...(right.dims.length === 1 ? [] : [n])];
  return floats(dims, y);
}

const gemm: Evaluate = (node, inputs) => {
  const turn = (x: Tensor, name: string): Tensor =>
    numberOf(node, name, 0) === 1 ? transposed(x, [1, 0]) : x;
  const a = turn(inputOf(node, inputs, 0), 'transA');
  const b = turn(inputOf(node, inputs, 1), 'transB');
  const product = multiplyTensors(node, a, b);
  const alpha = numberOf(node, 'alpha', 1);
  const scaled =
    alpha === 1
      ? product
      : floats(
          product.dims,
          (product.data as Float32Array).map((v) => v * alpha),
        );
  const beta = numberOf(node, 'beta', 1);
  const c = inputs[2];
  return [c === undefined ? scaled : combineTensors(node, scaled, c, (x, y) => x + beta * y)];
};

/** Adds what one input plane gives to one output plane. */
function addPlane(
  x: Numbers,
  source: number,
  w: Numbers,
  kernel: number,
  sum: Float64Array,
  { height, width, outHeight, outWidth, window }: Planes,
): void {
  const { kernelY, kernelX, strideY, strideX, dilationY, dilationX, top, left } = window;
  for (let ky = 0; ky < kernelY; ky++)
    for (let kx = 0; kx < kernelX; kx++) {
      const weight = w[kernel + ky * kernelX + kx] as number;
      if (weight === 0) continue;
      const shift = kx * dilationX - left;
      const first = Math.max(0, Math.ceil(-shift / strideX));
      const end = Math.min(outWidth, Math.floor((width - 1 - shift) / strideX) + 1);
      for (let oy = 0; oy < outHeight; oy++) {
        const y = oy * strideY + ky * dilationY - top;
        if (y < 0 || y >= height) continue;
        const row = source + y * width + shift;
        const target = oy * outWidth;
        for (let ox = first; ox < end; ox++)
          sum[target + ox] = (sum[target + ox] as number) + weight * (x[row + ox * strideX] as number);
      }
    }
}

const conv: Evaluate = (node, inputs) => {
  const x = inputOf(node, inputs, 0);
  const w = inputOf(node, inputs, 1);
  if (x.dims.length !== 4)
    return refuseNode(node, `over ${x.dims.length - 2} axes has no integer form; 2 have one`);
  const [batch, channels, height, width] = x.dims as [number, number, number, number];
  const [out, inGroup] = w.dims as [number, number];
  const groups = numberOf(node, 'group', 1);
  if (inGroup * groups !== channels)
    return refuseNode(node, `takes ${inGroup * groups} channels of ${channels}`);
  const planes = windowOf(node, [height, width], w.dims.slice(2));
  const { outHeight, outWidth, window } = planes;
  const taps = window.kernelY * window.kernelX;
  const y = new Float32Array(batch * out * outHeight * outWidth);
  const sum = new Float64Array(outHeight * outWidth);
  for (let image = 0; image < batch; image++)
    for (let o = 0; o < out; o++) {
      sum.fill(inputs[2]?.data[o] ?? 0);
      const group = Math.floor((o * groups) / out);
      for (let c = 0; c < inGroup; c++) {
        const source = (image * channels + group * inGroup + c) * height * width;
        addPlane(x.data, source, w.data, (o * inGroup + c) * taps, sum, planes);
      }
      y.set(sum, (image * out + o) * sum.length);
    }
  return [floats([batch, out, outHeight, outWidth], y)];
};

export const LINEAR: Readonly<Record<string, Evaluate>> = {
  Conv: conv,
  Gemm: gemm,
  MatMul: (node, inputs) => [multiplyTensors(node, inputOf(node, inputs, 0), inputOf(node, inputs, 1))],
};
