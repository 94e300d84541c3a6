import { refuseNode } from '../evaluate/evaluate-node.ts';
import { windowOf } from '../evaluate/windows.ts';
import type { Matrix } from '../graph/graph.ts';
import { numberOf, type OnnxNode } from '../onnx/onnx-model.ts';
import { countOf, type Tensor, transposed } from '../tensor/tensor.ts';
import { translateProduct } from './attention-nodes.ts';
import { addAffine } from './pointwise-nodes.ts';
import type { Translation, View } from './translation.ts';

const matrixOf = (weights: Tensor): Matrix => {
  const [rows, width] = weights.dims as [number, number];
  return { rows, width, data: weights.data };
};

/** W·x along one ONNX axis of the view. */
function addDense(
  t: Translation,
  node: OnnxNode,
  { view, axis, weights, bias }: { view: View; axis: number; weights: Matrix; bias: Float64Array },
): undefined {
  const order = [...t.order(view).filter((other) => other !== axis), axis];
  const input = t.ordered(node.name, view, order);
  const dims = t.builder.dims(input).with(-1, weights.rows);
  const operation = { kind: 'dense', weights, bias, leading: order.length - 1 } as const;
  t.define(node, t.addView({ name: node.name, operation, inputs: [input], dims }, order, view.axes.length));
}

export function translateMatMul(t: Translation, node: OnnxNode): undefined {
  const [a, b] = [t.constant(node.inputs[0]), t.constant(node.inputs[1])];
  if (a === undefined && b === undefined) return translateProduct(t, node);
  const constant = (b ?? a) as Tensor;
  const matrix = { ...constant, dims: constant.dims.slice(-2) };
  if (constant.dims.length < 2 || countOf(constant.dims.slice(0, -2)) !== 1)
    return refuseNode(node, `by a constant of ${constant.dims.length} axes has no integer form; 2 have one`);
  const view = t.view(node, b === undefined ? 1 : 0);
  const rank = view.axes.length;
  const weights = matrixOf(b === undefined ? matrix : transposed(matrix, [1, 0]));
  const axis = b === undefined ? rank - 2 : rank - 1;
  addDense(t, node, { view, axis, weights, bias: new Float64Array(weights.rows) });
}

export function translateGemm(t: Translation, node: OnnxNode): undefined {
  const weights = t.constant(node.inputs[1]);
  if (weights === undefined || numberOf(node, 'transA', 0) === 1)
    return refuseNode(node, 'has an integer form only for x · W with constant W');
  const turned = numberOf(node, 'transB', 0) === 1 ? weights : transposed(weights, [1, 0]);
  const alpha = numberOf(node, 'alpha', 1);
  const matrix = matrixOf(
    alpha === 1 ? turned : { ...turned, data: turned.data.map((value) => value * alpha) },
  );
  addDense(t, node, {
    view: t.view(node, 0),
    axis: 1,
    weights: matrix,
    bias: gemmBias(t, node, matrix.rows),
  });
}

function gemmBias(t: Translation, node: OnnxNode, count: number): Float64Array {
  const name = node.inputs[2];
  if (name === undefined || name === '') return new Float64Array(count);
  const bias = t.constant(name);
  if (bias === undefined || (bias.data.length !== count && bias.data.length !== 1))
    return refuseNode(node, 'has an integer form only with a constant for each column');
  const beta = numberOf(node, 'beta', 1);
  return Float64Array.from({ length: count }, (_, i) => beta * (bias.data[i % bias.data.length] as number));
}

export function translateConv(t: Translation, node: OnnxNode): undefined {
  const weights = t.constant(node.inputs[1]);
  if (weights === undefined) return refuseNode(node, 'with weights that vary has no integer form');
  const dims = t.dims(node.inputs[0] as string);
  const { window, outHeight, outWidth } = windowOf(
    node,
    dims.slice(2) as [number, number],
    weights.dims.slice(2),
  );
  const [out] = weights.dims as [number];
  // Output channel, then y, x and channel of the group, as rows of a blob have them.
  const turned = transposed(weights, [0, 2, 3, 1]);
  const bias = t.constant(node.inputs[2]);
  const operation = {
    kind: 'conv',
    weights: { rows: out, width: countOf(turned.dims.slice(1)), data: turned.data },
    bias: Float64Array.from({ length: out }, (_, i) => bias?.data[i] ?? 0),
    window,
    groups: numberOf(node, 'group', 1),
  } as const;
  const order = [2, 3, 1];
  const input = t.ordered(node.name, t.view(node, 0), order);
  const outDims = [outHeight, outWidth, out];
  t.define(node, t.addView({ name: node.name, operation, inputs: [input], dims: outDims }, order, 4));
}

export function translateBatchNorm(t: Translation, node: OnnxNode): undefined {
  const parts = [1, 2, 3, 4].map((i) => t.constant(node.inputs[i]));
  if (parts.some((part) => part === undefined))
    return refuseNode(node, 'with statistics that vary has no integer form');
  const [scale, shift, mean, variance] = parts.map((part) => (part as Tensor).data) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const epsilon = numberOf(node, 'epsilon', 1e-5);
  const gain = Float64Array.from(scale, (value, i) => value / Math.sqrt((variance[i] as number) + epsilon));
  const bias = gain.map((value, i) => (shift[i] as number) - value * (mean[i] as number));
  addAffine(t, node, { view: t.view(node, 0), axis: 1, gain, bias });
}

/** Norms of rows, with their gain and bias. */
export function translateNorm(t: Translation, node: OnnxNode): undefined {
  const view = t.view(node, 0);
  const rank = view.axes.length;
  const order = [...t.order(view).filter((axis) => axis !== rank - 1), rank - 1];
  const input = t.ordered(node.name, view, order);
  const dims = t.builder.dims(input);
  const width = dims[dims.length - 1] as number;
  const [gain, bias] = [t.constant(node.inputs[1]), t.constant(node.inputs[2])];
  // A row of length 1 has a mean square of 1 ÷ width.
  const isLength = node.operator === 'LpNormalization';
  const operation = {
    kind: 'norm',
    hasMean: node.operator === 'LayerNormalization',
    gain: Float64Array.from({ length: width }, (_, i) => gain?.data[i] ?? (isLength ? width ** -0.5 : 1)),
    bias: Float64Array.from({ length: width }, (_, i) => bias?.data[i] ?? 0),
    epsilon: isLength ? 0 : numberOf(node, 'epsilon', 1e-5),
  } as const;
  t.define(node, t.addView({ name: node.name, operation, inputs: [input], dims }, order, rank));
}
