import { refuseNode } from '../evaluate/evaluate-node.ts';
import type { OnnxModel, OnnxNode } from '../onnx/onnx-model.ts';

/** A node with parts of its name and its values' names behind those of the node it stands for. */
function part(
  { name, attributes }: OnnxNode,
  operator: string,
  inputs: readonly string[],
  output: string,
): OnnxNode {
  return { name, operator, domain: '', inputs, outputs: [output], attributes };
}

/** The float operator behind each operator on integers, and where its inputs' grids stand: [value, scale, zero]. */
const QUANTISED: Readonly<
  Record<
    string,
    {
      readonly operator: string;
      readonly values: readonly (readonly [number, number, number])[];
      readonly grid: readonly [number, number];
      readonly bias?: number;
    }
  >
> = {
  QLinearConv: {
    operator: 'Conv',
    values: [
      [0, 1, 2],
      [3, 4, 5],
    ],
    grid: [6, 7],
    bias: 8,
  },
  QGemm: {
    operator: 'Gemm',
    values: [
      [0, 1, 2],
      [3, 4, 5],
    ],
    grid: [7, 8],
    bias: 6,
  },
  QLinearMatMul: {
    operator: 'MatMul',
    values: [
      [0, 1, 2],
      [3, 4, 5],
    ],
    grid: [6, 7],
  },
  QLinearAdd: {
    operator: 'Add',
    values: [
      [0, 1, 2],
      [3, 4, 5],
    ],
    grid: [6, 7],
  },
  QLinearMul: {
    operator: 'Mul',
    values: [
      [0, 1, 2],
      [3, 4, 5],
    ],
    grid: [6, 7],
  },
  QLinearSigmoid: { operator: 'Sigmoid', values: [[0, 1, 2]], grid: [3, 4] },
  QLinearLeakyRelu: { operator: 'LeakyRelu', values: [[0, 1, 2]], grid: [3, 4] },
  QLinearGlobalAveragePool: { operator: 'GlobalAveragePool', values: [[0, 1, 2]], grid: [3, 4] },
  QLinearAveragePool: { operator: 'AveragePool', values: [[0, 1, 2]], grid: [3, 4] },
};

function expand(node: OnnxNode): readonly OnnxNode[] {
  const known = QUANTISED[node.operator];
  if (known === undefined) {
    if (/^(?:ConvInteger|MatMulInteger|DynamicQuantizeLinear|QLinear|QGemm)/.test(node.operator))
      return refuseNode(
        node,
        'quantises anew for each input, which has no integer form; quantise statically',
      );
    return [node];
  }
  const [output] = node.outputs as [string];
  const inner = (index: number): string => `${output}/dequantised ${index}`;
  const at = (index: number): string => node.inputs[index] ?? '';
  const opened = known.values.map(([value, scale, zero], index) =>
    part(
      { ...node, attributes: new Map([['axis', 0]]) },
      'DequantizeLinear',
      [at(value), at(scale), at(zero)],
      inner(index),
    ),
  );
  const float = `${output}/float`;
  // A bias of integers counts in steps of x's scale times the weight's: one more pair of numbers to multiply.
  const bias = known.bias !== undefined && at(known.bias) !== '' ? [inner(known.values.length)] : [];
  const biasNodes =
    bias.length === 0
      ? []
      : [
          part(node, 'Mul', [at(1), at(4)], `${output}/bias step`),
          part(node, 'Cast', [at(known.bias as number)], `${output}/bias`),
          part(node, 'Mul', [`${output}/bias`, `${output}/bias step`], bias[0] as string),
        ];
  return [
    ...opened,
    ...biasNodes,
    part(node, known.operator, [...known.values.map((_, index) => inner(index)), ...bias], float),
    part(node, 'QuantizeLinear', [float, at(known.grid[0]), at(known.grid[1])], output),
  ];
}

/** Operators on integers as floats between grids: the form that exporters call QDQ. @throws AivmError `import_refused` */
export const expandQuantised = (model: OnnxModel): OnnxModel => ({
  ...model,
  nodes: model.nodes.flatMap(expand),
});
