import { AivmError } from '@aivm/core/errors';
import type { OnnxNode } from '../onnx/onnx-model.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** The float meaning of an operator: all outputs of a node from its inputs; an input left out is undefined. */
export type Evaluate = (
  node: OnnxNode,
  inputs: readonly (Tensor | undefined)[],
  opset: number,
) => readonly Tensor[];

/** `node "Resize_12": operator Resize has no integer form`, or another reason. */
export const refuseNode = (
  { name, operator }: Pick<OnnxNode, 'name' | 'operator'>,
  reason: string,
): never => {
  throw new AivmError('import_refused', `node "${name}": operator ${operator} ${reason}`);
};

/** Input `index`, which must be there. */
export function inputOf(node: OnnxNode, inputs: readonly (Tensor | undefined)[], index: number): Tensor {
  return inputs[index] ?? refuseNode(node, `has no input ${index}`);
}

/** The integers of an optional input; undefined without it. */
export const integersOf = (tensor: Tensor | undefined): readonly number[] | undefined =>
  tensor === undefined ? undefined : [...tensor.data];

/** An axis counted from the front. */
export function axisOf(node: OnnxNode, axis: number, rank: number): number {
  const counted = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(counted) || counted < 0 || counted >= rank)
    return refuseNode(node, `names axis ${axis} of ${rank}`);
  return counted;
}
