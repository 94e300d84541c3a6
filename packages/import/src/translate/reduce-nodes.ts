import type { Dimension } from '@aivm/core/network';
import { axisOf, refuseNode } from '../evaluate/evaluate-node.ts';
import { reducedAxes } from '../evaluate/reduce.ts';
import { windowOf } from '../evaluate/windows.ts';
import { numberOf, numbersOf, type OnnxNode } from '../onnx/onnx-model.ts';
import { addMean } from './pointwise-nodes.ts';
import type { Translation, View } from './translation.ts';

const IMAGE = [2, 3, 1];
/** Places of one window in a network. */
const PLACES_MAX = 64;

export function translatePool(t: Translation, node: OnnxNode): undefined {
  const dims = t.dims(node.inputs[0] as string);
  const kernel = numbersOf(node, 'kernel_shape') ?? [];
  const { window, outHeight, outWidth } = windowOf(node, dims.slice(2) as [number, number], kernel);
  const isMaximum = node.operator === 'MaxPool';
  if (window.dilationY !== 1 || window.dilationX !== 1)
    return refuseNode(node, 'with dilations has no integer form');
  const isInside =
    window.top + window.left === 0 &&
    (outHeight - 1) * window.strideY + window.kernelY <= (dims[2] as number) &&
    (outWidth - 1) * window.strideX + window.kernelX <= (dims[3] as number);
  if (!isMaximum && !isInside && numberOf(node, 'count_include_pad', 0) === 0)
    return refuseNode(
      node,
      'whose windows at an edge count fewer places has no integer form; count_include_pad has one',
    );
  const input = t.ordered(node.name, t.view(node, 0), IMAGE);
  const outDims = [outHeight, outWidth, dims[1] as number];
  const operation = { kind: 'pool', isMaximum, window } as const;
  t.define(node, t.addView({ name: node.name, operation, inputs: [input], dims: outDims }, IMAGE, 4));
}

/** One window over a whole axis or image. */
function addWholePool(
  t: Translation,
  node: OnnxNode,
  input: number,
  size: readonly [number, number],
  isMaximum: boolean,
): number {
  const [height, width, channels] = t.builder.dims(input) as [number, number, number];
  const [kernelY, kernelX] = size;
  const window = {
    ...{ kernelY, kernelX, strideY: kernelY, strideX: kernelX, dilationY: 1, dilationX: 1, top: 0, left: 0 },
  };
  return t.builder.add({
    name: node.name,
    operation: { kind: 'pool', isMaximum, window },
    inputs: [input],
    dims: [height / kernelY, width / kernelX, channels],
  });
}

/** The mean or maximum of an image, in two steps where it has more places than a window. */
function addGlobalPool(t: Translation, node: OnnxNode, isMaximum: boolean): View {
  const input = t.ordered(node.name, t.view(node, 0), IMAGE);
  const [height, width] = t.builder.dims(input) as [number, number];
  const rank = t.dims(node.outputs[0] as string).length;
  const order = rank === 4 ? IMAGE : [1];
  const pooled =
    height * width <= PLACES_MAX
      ? addWholePool(t, node, input, [height, width], isMaximum)
      : addWholePool(t, node, addWholePool(t, node, input, [1, width], isMaximum), [height, 1], isMaximum);
  if (rank === 4) return { node: pooled, axes: [undefined, 2, 0, 1] };
  const channels = t.builder.dims(pooled)[2] as Dimension;
  const reshape = {
    name: node.name,
    operation: { kind: 'reshape' },
    inputs: [pooled],
    dims: [channels],
  } as const;
  return t.addView(reshape, order, rank);
}

export function translateGlobalPool(t: Translation, node: OnnxNode): undefined {
  t.define(node, addGlobalPool(t, node, node.operator === 'GlobalMaxPool'));
}

export function translateReduce(t: Translation, node: OnnxNode): undefined {
  const dims = t.dims(node.inputs[0] as string);
  const axes = reducedAxes(
    node,
    dims.length,
    node.inputs.map((name) => t.constant(name)),
  ).filter((axis) => dims[axis] !== 1);
  const isImage = dims.length === 4 && axes.length === 2 && axes.every((axis) => axis > 1);
  if (isImage && node.operator === 'ReduceMean') return t.define(node, addGlobalPool(t, node, false));
  const [axis] = axes;
  const isText = axes.length === 1 && axis !== undefined && dims[axis] === t.trace.textLength;
  if (isText && node.operator === 'ReduceMean') return addMean(t, node, t.view(node, 0));
  if (isText && node.operator === 'ReduceSum') {
    t.entries.set(node.outputs[0] as string, { kind: 'rowSum', view: t.view(node, 0) });
    return;
  }
  refuseNode(
    node,
    `over axes ${axes.join(', ')} has no integer form; means over images and over texts have one`,
  );
}

export function translateArgMax(t: Translation, node: OnnxNode): undefined {
  const dims = t.dims(node.inputs[0] as string);
  const axis = axisOf(node, numberOf(node, 'axis', 0), dims.length);
  const view = t.view(node, 0);
  const order = [...t.order(view).filter((other) => other !== axis), axis];
  const input = t.ordered(node.name, view, order);
  const rest = t.builder.dims(input).slice(0, -1);
  const rank = t.dims(node.outputs[0] as string).length;
  const outDims = rest.length === 0 ? [1] : rest;
  t.define(
    node,
    t.addView(
      { name: node.name, operation: { kind: 'argmax' }, inputs: [input], dims: outDims },
      order.slice(0, -1),
      rank,
    ),
  );
}
