import type { OperatorNode, RunMemory, RunningOperator } from '@aivm/core/network';

/**
 * Computes one operator: the whole tensor, or, for a decoder that goes row by row, one row of it. `node` has the shapes
 * that are meant. Every way of computing gives the same bytes.
 */
export type RunOperator = (
  tensor: number,
  running: RunningOperator,
  node: OperatorNode<unknown>,
  memory: RunMemory,
) => void;

/** The operators of core. */
export const runReference: RunOperator = (_tensor, { operator }, node, memory) => operator.run(node, memory);
