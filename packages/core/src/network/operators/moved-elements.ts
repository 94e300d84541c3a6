import { ELEMENT_SIZE, ELEMENT_TYPES } from '../model/element-type.ts';
import type { TensorSpec } from '../model/tensor.ts';
import { requireInputType, requireOutputType } from './checks.ts';
import { readElement } from './elements.ts';
import { type Operator, type OperatorNode, type OperatorSpec, oneRun } from './operator.ts';

/** Where an output element comes from: an input's element, or a constant. */
export type Origin = { readonly input: number; readonly element: number } | { readonly value: number };

/** An operator whose elements are those of its inputs at other places. */
export interface MovedElements<A> extends Pick<Operator<A>, 'number' | 'attributes' | 'run'> {
  readonly inputCount?: readonly [least: number, most: number];
  /** Shapes and attributes; the types are checked. */
  checkShape(spec: OperatorSpec<A>, input: TensorSpec): void;
  originOf(node: OperatorNode<A>, element: number): Origin;
}

/** All inputs and the output have the same type, and a unit is one element. */
export function moveElements<A>({
  checkShape,
  originOf,
  inputCount = [1, 1],
  ...rest
}: MovedElements<A>): Operator<A> {
  return {
    ...rest,
    inputCount,
    check: (spec) => {
      const input = requireInputType(spec, 0, ELEMENT_TYPES);
      requireOutputType(spec, [input.type]);
      checkShape(spec, input);
    },
    macs: () => 1,
    blobSize: () => 0,
    reads: ({ inputs }) => inputs.map(({ type }, source) => ({ source, runs: oneRun(ELEMENT_SIZE[type]) })),
    unit: (node, element, read) => {
      const origin = originOf(node, element);
      return 'value' in origin ? BigInt(origin.value) : readElement(node, read, origin.input, origin.element);
    },
  };
}
