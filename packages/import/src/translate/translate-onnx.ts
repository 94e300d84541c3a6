import { AivmError } from '@aivm/core/errors';
import type { Dimension } from '@aivm/core/network';
import { refuseNode } from '../evaluate/evaluate-node.ts';
import { COMBINATIONS, FUNCTIONS } from '../evaluate/pointwise.ts';
import type { Graph, GraphNode } from '../graph/graph.ts';
import type { OnnxModel, OnnxNode } from '../onnx/onnx-model.ts';
import { translateSoftmax, translateWhere } from './attention-nodes.ts';
import {
  translateConcat,
  translateGather,
  translatePad,
  translateReshape,
  translateResize,
  translateSlice,
  translateSplit,
  translateTranspose,
} from './layout-nodes.ts';
import {
  translateBatchNorm,
  translateConv,
  translateGemm,
  translateMatMul,
  translateNorm,
} from './linear-nodes.ts';
import { translateClip, translateCombination, translateFunction } from './pointwise-nodes.ts';
import { translateDequantize, translateQuantize } from './quantise-nodes.ts';
import { translateArgMax, translateGlobalPool, translatePool, translateReduce } from './reduce-nodes.ts';
import { type TraceOfModel, Translation } from './translation.ts';

type Translate = (t: Translation, node: OnnxNode) => undefined;

/** The value itself under another name. */
const same: Translate = (t, node) => {
  t.entries.set(node.outputs[0] as string, t.entry(node, 0));
};

const TABLE: Readonly<Record<string, Translate>> = {
  ...Object.fromEntries(Object.keys(FUNCTIONS).map((name) => [name, translateFunction])),
  ...Object.fromEntries(Object.keys(COMBINATIONS).map((name) => [name, translateCombination])),
  ArgMax: translateArgMax,
  AveragePool: translatePool,
  BatchNormalization: translateBatchNorm,
  Cast: same,
  Clip: translateClip,
  Concat: translateConcat,
  Conv: translateConv,
  DequantizeLinear: translateDequantize,
  Dropout: same,
  Flatten: translateReshape,
  Gather: translateGather,
  Gemm: translateGemm,
  GlobalAveragePool: translateGlobalPool,
  GlobalMaxPool: translateGlobalPool,
  Identity: same,
  LayerNormalization: translateNorm,
  LpNormalization: translateNorm,
  MatMul: translateMatMul,
  MaxPool: translatePool,
  Pad: translatePad,
  QuantizeLinear: translateQuantize,
  RMSNormalization: translateNorm,
  ReduceMean: translateReduce,
  ReduceSum: translateReduce,
  Reshape: translateReshape,
  Resize: translateResize,
  SimplifiedLayerNormalization: translateNorm,
  Slice: translateSlice,
  Softmax: translateSoftmax,
  Split: translateSplit,
  Squeeze: translateReshape,
  Sum: translateCombination,
  Transpose: translateTranspose,
  Unsqueeze: translateReshape,
  Upsample: translateResize,
  Where: translateWhere,
};

/** How an ONNX model becomes a graph. */
export interface TranslateOptions {
  /** The input that tasks give: tokens of a text, or the numbers of a map. */
  readonly input: { readonly name: string; readonly isText: boolean };
  readonly maxT: number;
  readonly vocabulary: number;
  /** Whether the answer is the mean of the output's rows. */
  readonly meanPool: boolean;
}

/**
 * The graph of an ONNX model; its outputs are the answer.
 *
 * @throws AivmError `import_refused` that names node, operator and reason
 */
export function translateOnnx(model: OnnxModel, trace: TraceOfModel, options: TranslateOptions): Graph {
  const t = new Translation(model, trace);
  defineInput(t, options);
  for (const node of model.nodes) {
    if (!node.outputs.some((name) => trace.run.varying.has(name))) continue;
    const translate = TABLE[node.operator] ?? ((): undefined => refuseNode(node, 'has no integer form'));
    translate(t, node);
  }
  return {
    form: options.input.isText ? 'encoder' : 'map',
    maxT: options.input.isText ? options.maxT : 1,
    vocabulary: options.input.isText ? options.vocabulary : 0,
    endTokens: [],
    output: outputNode(t, options),
    nodes: t.builder.nodes,
    remarks: t.remarks,
  };
}

function defineInput(t: Translation, { input }: TranslateOptions): undefined {
  if (input.isText) {
    t.entries.set(input.name, { kind: 'tokens' });
    return;
  }
  const dims = t.dims(input.name);
  const kept = dims.flatMap((length, axis) => (axis === 0 && length === 1 ? [] : [axis]));
  const own: readonly Dimension[] = kept.map((axis) => dims[axis] as number);
  const input0 = {
    name: input.name,
    operation: { kind: 'input' },
    inputs: [],
    dims: own.length === 0 ? [1] : own,
  } as const;
  t.entries.set(input.name, { kind: 'view', view: t.addView(input0, kept, dims.length) });
}

/** The node of the answer: the model's output, or its outputs as one list of numbers. */
function outputNode(t: Translation, { meanPool }: TranslateOptions): number {
  const nodes = t.model.outputs.map(({ name }) => singleOutput(t, name, meanPool));
  if (nodes.length === 1) return nodes[0] as number;
  const lists = nodes.map((id) => {
    const { dims } = t.builder.nodes[id] as GraphNode;
    if (dims.includes('T'))
      throw new AivmError('import_refused', 'several outputs of a text are no one answer');
    const count = dims.reduce<number>((product, length) => product * (length as number), 1);
    return t.builder.add({ name: 'outputs', operation: { kind: 'reshape' }, inputs: [id], dims: [count] });
  });
  const length = lists.reduce((sum, id) => sum + (t.builder.dims(id)[0] as number), 0);
  return t.builder.add({
    name: 'outputs',
    operation: { kind: 'concat', axis: 0 },
    inputs: lists,
    dims: [length],
  });
}

/** One output, with the axes of the model in order. */
function singleOutput(t: Translation, name: string, meanPool: boolean): number {
  if (!t.entries.has(name))
    throw new AivmError('import_refused', `output "${name}": it does not follow from the input`);
  const dims = t.dims(name);
  const last: OnnxNode = {
    ...{ name: `output ${name}`, operator: 'Output', domain: '', inputs: [name], attributes: new Map() },
    outputs: ['mean of rows'],
  };
  if (meanPool) return meanOf(t, last, dims);
  const view = t.view(last, 0);
  const order = dims.flatMap((length, axis) => (length !== 1 || view.axes[axis] !== undefined ? [axis] : []));
  return t.ordered(last.name, view, order.length === 0 ? [dims.length - 1] : order);
}

function meanOf(t: Translation, node: OnnxNode, dims: readonly number[]): number {
  const view = t.view(node, 0);
  const rows = t.order(view).find((axis) => t.builder.dims(view.node)[view.axes[axis] as number] === 'T');
  if (rows === undefined) return refuseNode(node, 'has no rows of a text to average');
  const input = t.ordered(node.name, view, [rows, dims.length - 1]);
  const width = t.builder.dims(input)[1] as Dimension;
  return t.builder.add({ name: node.name, operation: { kind: 'mean' }, inputs: [input], dims: [width] });
}
