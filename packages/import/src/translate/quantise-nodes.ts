import { refuseNode } from '../evaluate/evaluate-node.ts';
import type { OnnxNode } from '../onnx/onnx-model.ts';
import type { Translation } from './translation.ts';

/** Unsigned bytes count from here in networks, whose bytes are signed. */
const UNSIGNED_OFFSET = 128;

/** A value goes to the nearest integer of a grid. The grid is kept: it is that of the network's tensor. */
export function translateQuantize(t: Translation, node: OnnxNode): undefined {
  const scale = t.constant(node.inputs[1]);
  const zero = t.constant(node.inputs[2]);
  if (scale === undefined || ((node.inputs[2] ?? '') !== '' && zero === undefined))
    return refuseNode(node, 'with a scale that varies has no integer form');
  if (scale.data.length !== 1)
    return refuseNode(node, 'with a scale for each channel of a value that varies has no integer form');
  const isSigned = zero?.isInt8 === true;
  const grid = {
    type: 'i8',
    scale: scale.data[0] as number,
    zero: (zero?.data[0] ?? 0) - (isSigned ? 0 : UNSIGNED_OFFSET),
  } as const;
  const view = t.view(node, 0);
  const rounded = t.builder.add({
    name: node.name,
    operation: { kind: 'round', grid },
    inputs: [view.node],
    dims: t.builder.dims(view.node),
  });
  t.define(node, { ...view, node: rounded });
}

/** Back to numbers: nothing changes, since grids belong to values. */
export function translateDequantize(t: Translation, node: OnnxNode): undefined {
  t.define(node, t.view(node, 0));
}
