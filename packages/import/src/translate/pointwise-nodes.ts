import type { Dimension } from '@aivm/core/network';
import { refuseNode } from '../evaluate/evaluate-node.ts';
import { COMBINATIONS, clipBounds, FUNCTIONS } from '../evaluate/pointwise.ts';
import type { Pointwise } from '../graph/graph.ts';
import type { OnnxNode } from '../onnx/onnx-model.ts';
import { showDims, type Tensor } from '../tensor/tensor.ts';
import { maskScores } from './attention-nodes.ts';
import { compose, isSameView, type Translation, type View } from './translation.ts';

/** The one number that a tensor holds everywhere; undefined where it holds several. */
function sameEverywhere({ data }: Tensor): number | undefined {
  const first = data[0];
  return data.every((value) => value === first) ? first : undefined;
}

/** What a value with `pending` functions becomes by another one. */
export function apply(t: Translation, node: OnnxNode, index: number, pointwise: Pointwise): undefined {
  const entry = t.entry(node, index);
  if (entry.kind === 'scores' && pointwise.factor !== undefined) {
    const scores = { ...entry.scores, factor: entry.scores.factor * pointwise.factor };
    t.entries.set(node.outputs[0] as string, { kind: 'scores', scores });
    return;
  }
  if (entry.kind !== 'view') {
    t.view(node, index);
    return;
  }
  const clip = pointwise.clip !== undefined && entry.pending === undefined ? { clip: pointwise.clip } : {};
  const { clip: _, ...rest } = pointwise;
  const pending = { ...compose(rest, entry.pending), ...clip };
  t.entries.set(node.outputs[0] as string, { kind: 'view', view: entry.view, pending });
}

const CLIPS: Readonly<Record<string, readonly [number, number]>> = { Relu: [0, Number.POSITIVE_INFINITY] };

/** An operator that is a function of one number. */
export function translateFunction(t: Translation, node: OnnxNode): undefined {
  const of = FUNCTIONS[node.operator] as (node: OnnxNode) => (x: number) => number;
  const clip = CLIPS[node.operator];
  apply(t, node, 0, { label: node.operator, apply: of(node), ...(clip === undefined ? {} : { clip }) });
}

export function translateClip(t: Translation, node: OnnxNode): undefined {
  const [low, high] = clipBounds(
    node,
    node.inputs.map((name) => t.constant(name)),
  );
  apply(t, node, 0, {
    label: 'Clip',
    apply: (x) => Math.min(Math.max(x, low), high),
    clip: [low, high],
  });
}

/** With a single number on one side: still a function of one number. */
function withScalar(t: Translation, node: OnnxNode, varying: 0 | 1, scalar: number): undefined {
  const combine = COMBINATIONS[node.operator] as (a: number, b: number) => number;
  const operator = node.operator;
  const factor = operator === 'Mul' ? scalar : operator === 'Div' && varying === 0 ? 1 / scalar : undefined;
  const isSame =
    factor === 1 || (scalar === 0 && (operator === 'Add' || (operator === 'Sub' && varying === 0)));
  if (isSame) {
    t.entries.set(node.outputs[0] as string, t.entry(node, varying));
    return;
  }
  const infinity = Number.POSITIVE_INFINITY;
  const clips: Readonly<Record<string, readonly [number, number]>> = {
    Max: [scalar, infinity],
    Min: [-infinity, scalar],
  };
  apply(t, node, varying, {
    label: operator,
    apply: varying === 0 ? (x) => combine(x, scalar) : (x) => combine(scalar, x),
    ...(factor === undefined ? {} : { factor }),
    ...(clips[operator] === undefined ? {} : { clip: clips[operator] }),
  });
}

/** The axis of the value along which a constant differs; undefined where there is not exactly one. */
function variedAxis(dims: readonly number[], constant: Tensor): number | undefined {
  const offset = dims.length - constant.dims.length;
  const axes = constant.dims.flatMap((length, axis) => (length > 1 ? [axis + offset] : []));
  const [axis] = axes;
  if (axes.length !== 1 || axis === undefined || axis < 0) return undefined;
  return dims[axis] === constant.data.length ? axis : undefined;
}

/** With a constant for each place of one axis. */
function withChannels(t: Translation, node: OnnxNode, varying: 0 | 1, constant: Tensor): boolean {
  const name = node.inputs[varying] as string;
  const axis = variedAxis(t.dims(name), constant);
  if (axis === undefined || t.label(constant.data.length) === 'T') return false;
  const values = Float64Array.from(constant.data);
  const ones = new Float64Array(values.length).fill(1);
  const zeros = new Float64Array(values.length);
  const affine = {
    Add: [ones, values],
    Sub: varying === 0 ? [ones, values.map((value) => -value)] : [ones.map(() => -1), values],
    Mul: [values, zeros],
    Div: varying === 0 ? [values.map((value) => 1 / value), zeros] : undefined,
  }[node.operator] as readonly [Float64Array, Float64Array] | undefined;
  if (affine === undefined) return false;
  addAffine(t, node, { view: t.view(node, varying), axis, gain: affine[0], bias: affine[1] });
  return true;
}

/** gain · x + bias along one axis. */
export function addAffine(
  t: Translation,
  node: OnnxNode,
  { view, axis, gain, bias }: { view: View; axis: number; gain: Float64Array; bias: Float64Array },
): undefined {
  const order = [...t.order(view).filter((other) => other !== axis), axis];
  const input = t.ordered(node.name, view, order);
  const operation = { kind: 'affine', gain, bias } as const;
  const dims = t.builder.dims(input);
  t.define(node, t.addView({ name: node.name, operation, inputs: [input], dims }, order, view.axes.length));
}

/** With a table that has a row for each place of the text. */
function withPositions(t: Translation, node: OnnxNode, varying: 0 | 1, constant: Tensor): boolean {
  const { textLength } = t.trace;
  if (textLength === undefined || node.operator !== 'Add') return false;
  const [rows, width] = constant.dims.slice(-2);
  const isTable = constant.dims.slice(0, -2).every((length) => length === 1) && rows === textLength;
  if (!isTable || width === undefined || width === textLength) return false;
  const name = node.inputs[1 - varying] as string;
  const longest = t.trace.longest().values.get(name) as Tensor;
  const [longestRows] = longest.dims.slice(-2) as [number];
  const isPrefix = constant.data.every((value, i) => Math.abs(value - (longest.data[i] as number)) < 1e-6);
  if (!isPrefix) return refuseNode(node, 'adds rows by place that differ with the length of the text');
  const table = { rows: longestRows, width, data: longest.data };
  const embedded = t.builder.add({
    name: node.name,
    operation: { kind: 'embed', table, ofPosition: true },
    inputs: [],
    dims: ['T', width],
  });
  const view = t.view(node, varying);
  const rank = t.dims(node.outputs[0] as string).length;
  const order = [rank - 2, rank - 1];
  const input = t.ordered(node.name, view, order);
  t.define(
    node,
    t.addView(
      { name: node.name, operation: { kind: 'add' }, inputs: [input, embedded], dims: ['T', width] },
      order,
      rank,
    ),
  );
  return true;
}

/** PRelu with a slope for each channel: max(x, 0) + slope · min(x, 0). */
function parametricRelu(t: Translation, node: OnnxNode, constant: Tensor): boolean {
  const axis = variedAxis(t.dims(node.inputs[0] as string), constant);
  if (node.operator !== 'PRelu' || axis === undefined) return false;
  const view = t.view(node, 0);
  const order = [...t.order(view).filter((other) => other !== axis), axis];
  const input = t.ordered(node.name, view, order);
  const dims = t.builder.dims(input);
  const infinity = Number.POSITIVE_INFINITY;
  const half = (label: string, clip: readonly [number, number]): number =>
    t.builder.add({
      name: node.name,
      operation: {
        kind: 'unary',
        function: { label, apply: (x) => Math.min(Math.max(x, clip[0]), clip[1]), clip },
      },
      inputs: [input],
      dims,
    });
  const positive = half('Relu', [0, infinity]);
  const gain = Float64Array.from(constant.data);
  const negative = t.builder.add({
    name: node.name,
    operation: { kind: 'affine', gain, bias: new Float64Array(gain.length) },
    inputs: [half('min', [-infinity, 0])],
    dims,
  });
  const add = { name: node.name, operation: { kind: 'add' }, inputs: [positive, negative], dims } as const;
  t.define(node, t.addView(add, order, view.axes.length));
  return true;
}

function withConstant(t: Translation, node: OnnxNode, varying: 0 | 1, constant: Tensor): undefined {
  const name = node.inputs[varying] as string;
  const entry = t.entry(node, varying);
  if (entry.kind === 'scores' && maskScores(t, node, entry.scores, constant)) return;
  const scalar = sameEverywhere(constant);
  if (entry.kind === 'rowSum' && scalar !== undefined) return divideSum(t, node, varying, scalar);
  if (scalar !== undefined) return withScalar(t, node, varying, scalar);
  if (withChannels(t, node, varying, constant)) return;
  if (varying === 0 && parametricRelu(t, node, constant)) return;
  if (withPositions(t, node, varying, constant)) return;
  refuseNode(
    node,
    `with a constant of ${showDims(constant.dims)} and ${showDims(t.dims(name))} has no integer form; numbers, one for each channel, and tables by position have one`,
  );
}

/** A sum over the text ÷ its length. */
function divideSum(t: Translation, node: OnnxNode, varying: 0 | 1, scalar: number): undefined {
  const entry = t.entry(node, varying);
  if (entry.kind !== 'rowSum' || node.operator !== 'Div' || varying !== 0 || scalar !== t.trace.textLength)
    return refuseNode(
      node,
      'does not divide a sum over the text by its length: that alone has an integer form',
    );
  addMean(t, node, entry.view);
}

/** The mean of the rows of a text. The view has the axis of the text and one more. */
export function addMean(t: Translation, node: OnnxNode, view: View): undefined {
  const { builder } = t;
  const dims = builder.dims(view.node);
  const rows = t.order(view).find((axis) => dims[view.axes[axis] as number] === 'T');
  const others = t.order(view).filter((axis) => axis !== rows);
  if (rows === undefined || others.length !== 1) return refuseNode(node, 'has no text of rows to average');
  const input = t.ordered(node.name, view, [rows, others[0] as number]);
  const outRank = t.dims(node.outputs[0] as string).length;
  const width = builder.dims(input)[1] as Dimension;
  const mean = { name: node.name, operation: { kind: 'mean' }, inputs: [input], dims: [width] } as const;
  t.define(node, t.addView(mean, [outRank - 1], outRank));
}

/** Two values that vary. */
function combineViews(t: Translation, node: OnnxNode): undefined {
  const [a, b] = [t.entry(node, 0), t.entry(node, 1)];
  if (a.kind === 'view' && b.kind === 'view' && isSameView(a.view, b.view)) {
    const combine = COMBINATIONS[node.operator] as (a: number, b: number) => number;
    const [f, g] = [a.pending?.apply ?? ((x: number) => x), b.pending?.apply ?? ((x: number) => x)];
    const labels = [a.pending?.label, b.pending?.label, node.operator].filter((label) => label !== undefined);
    const pending = { label: labels.join(' '), apply: (x: number) => combine(f(x), g(x)) };
    t.entries.set(node.outputs[0] as string, { kind: 'view', view: a.view, pending });
    return;
  }
  if (node.operator === 'Sub') {
    apply(t, { ...node, outputs: [`${node.outputs[0]}/negative`] }, 1, {
      label: 'Neg',
      apply: (x) => -x,
      factor: -1,
    });
    return combineViews(t, {
      ...node,
      operator: 'Add',
      inputs: [node.inputs[0] as string, `${node.outputs[0]}/negative`],
    });
  }
  const kind = node.operator === 'Add' ? 'add' : node.operator === 'Mul' ? 'mul' : undefined;
  if (kind === undefined) return refuseNode(node, 'of two values that vary has no integer form');
  addBinary(t, node, kind);
}

function addBinary(t: Translation, node: OnnxNode, kind: 'add' | 'mul'): undefined {
  const views = [t.view(node, 0), t.view(node, 1)] as const;
  const sizes = views.map(({ node: id }) => t.builder.dims(id).filter((length) => length !== 1).length);
  const [large, small] = (sizes[0] as number) >= (sizes[1] as number) ? [0, 1] : [1, 0];
  const rank = t.dims(node.outputs[0] as string).length;
  const raised = ([0, 1] as const).map((i) => {
    const { axes, node: id } = views[i];
    return { node: id, axes: [...Array<undefined>(rank - axes.length).fill(undefined), ...axes] };
  }) as unknown as readonly [View, View];
  const [a, b] = [raised[large as 0 | 1], raised[small as 0 | 1]];
  const isWide = (view: View, axis: number): boolean => {
    const at = view.axes[axis];
    return at !== undefined && t.builder.dims(view.node)[at] !== 1;
  };
  const spreadAxes = t.order(a).filter((axis) => isWide(a, axis) && !isWide(b, axis));
  const shared = t.order(a).filter((axis) => !spreadAxes.includes(axis));
  if (t.order(b).some((axis) => isWide(b, axis) && !isWide(a, axis)))
    return refuseNode(node, 'spreads both of its inputs, which has no integer form');
  const order = spreadAxes.length === 0 ? t.order(a) : [...spreadAxes, ...shared];
  const first = t.ordered(node.name, a, order);
  const dims = t.builder.dims(first);
  const wide = shared.filter((axis) => isWide(b, axis));
  if (spreadAxes.length > 0 && (kind === 'add' || wide.length !== 1 || wide[0] !== order[order.length - 1]))
    return refuseNode(
      node,
      'spreads one of its inputs over axes, which has an integer form for products by channel alone',
    );
  const second = t.ordered(node.name, b, spreadAxes.length === 0 ? order : wide);
  t.define(
    node,
    t.addView({ name: node.name, operation: { kind }, inputs: [first, second], dims }, order, rank),
  );
}

/** An operator that combines two values, or a value and a constant. */
export function translateCombination(t: Translation, node: OnnxNode): undefined {
  if (node.inputs.length !== 2)
    return refuseNode(node, `of ${node.inputs.length} inputs has no integer form; 2 have one`);
  const [a, b] = [t.constant(node.inputs[0]), t.constant(node.inputs[1])];
  if (a !== undefined) return withConstant(t, node, 1, a);
  if (b !== undefined) return withConstant(t, node, 0, b);
  combineViews(t, node);
}
