import type { Dimension } from '@aivm/core/network';
import { refuseNode } from '../evaluate/evaluate-node.ts';
import { numberOf, type OnnxNode } from '../onnx/onnx-model.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { Scores, Translation, View } from './translation.ts';

/** Numbers so low that their exponentials are none. */
const isMasked = (value: number): boolean => value < -1e3;

/** Whether a mask hides nothing, or of each query the keys behind it; undefined for any other mask. */
function maskKind(
  { dims, data }: Tensor,
  hides: (value: number) => boolean,
): 'nothing' | 'later' | undefined {
  const keys = dims[dims.length - 1] as number;
  const queries = dims[dims.length - 2] ?? 1;
  let hidden = 0;
  let isCausal = queries === keys;
  for (const [i, value] of data.entries()) {
    const isLater = i % keys > Math.floor(i / keys) % queries;
    if (hides(value)) hidden++;
    else if (value !== 0 && hides !== isZero) return undefined;
    if (hides(value) !== isLater) isCausal = false;
  }
  if (hidden === 0) return 'nothing';
  return isCausal ? 'later' : undefined;
}

const isZero = (value: number): boolean => value === 0;

function setMask(t: Translation, node: OnnxNode, scores: Scores, kind: 'nothing' | 'later'): undefined {
  const causal = scores.causal || kind === 'later';
  t.entries.set(node.outputs[0] as string, { kind: 'scores', scores: { ...scores, causal } });
}

/** A mask that is added to scores. False where the node is no such thing. */
export function maskScores(t: Translation, node: OnnxNode, scores: Scores, constant: Tensor): boolean {
  if (node.operator !== 'Add' || constant.dims.length < 2) return false;
  const kind = maskKind(constant, isMasked);
  if (kind === undefined)
    return refuseNode(node, 'adds a mask that is not causal, which has no integer form');
  setMask(t, node, scores, kind);
  return true;
}

/** Where: by a condition that is the same everywhere, or that masks scores. */
export function translateWhere(t: Translation, node: OnnxNode): undefined {
  const condition = t.constant(node.inputs[0]);
  if (condition === undefined)
    return refuseNode(node, 'chooses by a value that varies, which has no integer form');
  const chosen = condition.data.every((value) => value !== 0)
    ? 1
    : condition.data.every((value) => value === 0)
      ? 2
      : 0;
  if (chosen > 0) {
    t.entries.set(node.outputs[0] as string, t.entry(node, chosen));
    return;
  }
  for (const [kept, other, hides] of [
    [1, 2, isZero],
    [2, 1, (value: number) => value !== 0],
  ] as const) {
    const entry = t.entries.get(node.inputs[kept] as string);
    const masked = t.constant(node.inputs[other]);
    if (entry?.kind !== 'scores' || masked === undefined || !masked.data.every(isMasked)) continue;
    const isLater = maskKind({ ...condition, data: condition.data.map((v) => (hides(v) ? 0 : 1)) }, isZero);
    if (isLater === 'later') return setMask(t, node, entry.scores, 'later');
  }
  refuseNode(node, 'chooses place by place, which has no integer form');
}

/** The product of two values that vary: scores, or a sum of values by weights. */
export function translateProduct(t: Translation, node: OnnxNode): undefined {
  const left = t.entry(node, 0);
  if (left.kind === 'weights') return addAttention(t, node, left.scores);
  const scores: Scores = { queries: t.view(node, 0), keys: t.view(node, 1), factor: 1, causal: false };
  t.entries.set(node.outputs[0] as string, { kind: 'scores', scores });
}

/** ONNX axes of the heads, the rows and the places of a head. */
interface HeadAxes {
  readonly heads: readonly number[];
  readonly rows: number;
  readonly places: number;
}

function headAxes(t: Translation, node: OnnxNode, view: View, isTurned: boolean): HeadAxes {
  const rank = view.axes.length;
  const [rows, places] = isTurned ? [rank - 1, rank - 2] : [rank - 2, rank - 1];
  const heads = t.order(view).filter((axis) => axis !== rows && axis !== places);
  const wide = heads.filter((axis) => t.builder.dims(view.node)[view.axes[axis] as number] !== 1);
  if (wide.length > 1)
    return refuseNode(node, `has ${wide.length} axes of heads, which has no integer form; one has`);
  return { heads: wide.length === 1 ? wide : [rank - 3 >= 0 ? rank - 3 : 0], rows, places };
}

/** [rows][heads][places] */
function headRows(t: Translation, node: OnnxNode, view: View, isTurned: boolean): number {
  const { heads, rows, places } = headAxes(t, node, view, isTurned);
  return t.ordered(node.name, view, [rows, heads[0] as number, places]);
}

function addAttention(t: Translation, node: OnnxNode, { queries, keys, factor, causal }: Scores): undefined {
  const values = t.view(node, 1);
  const inputs = [
    headRows(t, node, queries, false),
    headRows(t, node, keys, true),
    headRows(t, node, values, false),
  ] as const;
  const [rows, heads] = t.builder.dims(inputs[0]) as [Dimension, Dimension];
  const width = t.builder.dims(inputs[2])[2] as Dimension;
  const rank = t.dims(node.outputs[0] as string).length;
  const axes = headAxes(t, node, queries, false);
  const order = [rank - 2, axes.heads[0] as number, rank - 1];
  const operation = { kind: 'attention', factor, causal } as const;
  t.define(node, t.addView({ name: node.name, operation, inputs, dims: [rows, heads, width] }, order, rank));
}

/** Softmax: of scores over the keys, or of the answer, where it is left out. */
export function translateSoftmax(t: Translation, node: OnnxNode): undefined {
  const entry = t.entry(node, 0);
  const rank = t.dims(node.inputs[0] as string).length;
  const axis = numberOf(node, 'axis', t.model.opset < 13 ? 1 : -1);
  if (entry.kind === 'scores') {
    if (axis !== -1 && axis !== rank - 1)
      return refuseNode(node, 'over another axis than the keys has no integer form');
    t.entries.set(node.outputs[0] as string, { kind: 'weights', scores: entry.scores });
    return;
  }
  const [output] = node.outputs as readonly [string];
  if (output !== t.model.outputs[0]?.name)
    return refuseNode(node, 'inside of a model has an integer form in attention alone');
  t.remarks.push(
    `node "${node.name}": Softmax of the answer is left out; the order of the scores is the same`,
  );
  t.entries.set(output, entry);
}
