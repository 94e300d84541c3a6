import type { TensorSpec } from '../model/tensor.ts';
import type { OperatorSpec } from '../operators/operator.ts';
import { type HeaderOperator, type NetworkHeader, TASK_INPUT } from './header.ts';

/** The tensor that an input names; undefined where there is none. */
export const tensorOfInput = (header: NetworkHeader, input: number): TensorSpec | undefined =>
  input === TASK_INPUT ? header.input : header.operators[input]?.output;

/** "operator 5 (dense)". */
export const operatorName = (index: number, { kind }: HeaderOperator): string =>
  `operator ${index} (${kind})`;

/** The written operator `index` with its tensors. All of its inputs exist. */
export function operatorSpec(header: NetworkHeader, index: number): OperatorSpec<unknown> {
  const operator = header.operators[index]!;
  const { form, maxT, maxNew, vocabulary } = header;
  return {
    name: operatorName(index, operator),
    attributes: operator.attributes,
    inputs: operator.inputs.map((input) => tensorOfInput(header, input)!),
    output: operator.output,
    form,
    maxT,
    maxNew,
    vocabulary,
  };
}
