import type { OnnxModel, OnnxNode } from '../onnx/onnx-model.ts';
import { numbersOf } from '../onnx/onnx-model.ts';

/** Looks backwards from values to the nodes that write them. */
class Backwards {
  readonly #writers: ReadonlyMap<string, OnnxNode>;
  readonly #model: OnnxModel;

  constructor(model: OnnxModel) {
    this.#model = model;
    this.#writers = new Map(model.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  }

  /** The node of this operator that writes `name`. */
  writer(name: string | undefined, ...operators: readonly string[]): OnnxNode | undefined {
    const node = name === undefined ? undefined : this.#writers.get(name);
    return node !== undefined && operators.includes(node.operator) ? node : undefined;
  }

  /** The number that `name` holds, if it is one. */
  scalar(name: string | undefined): number | undefined {
    if (name === undefined) return undefined;
    const initial = this.#model.initializers.get(name);
    const value = initial ?? this.writer(name, 'Constant')?.attributes.get('value');
    return typeof value === 'object' && 'dims' in value && value.data.length === 1
      ? value.data[0]
      : undefined;
  }

  /** Of a node with a constant and another input: both. */
  withScalar(node: OnnxNode | undefined): { readonly other: string; readonly scalar: number } | undefined {
    if (node === undefined) return undefined;
    for (const [own, constant] of [
      [0, 1],
      [1, 0],
    ] as const) {
      const scalar = this.scalar(node.inputs[constant]);
      if (scalar !== undefined) return { other: node.inputs[own] as string, scalar };
    }
    return undefined;
  }

  isLastAxis(node: OnnxNode | undefined): boolean {
    if (node === undefined) return false;
    const name = node.inputs[1];
    const axes = name === undefined || name === '' ? numbersOf(node, 'axes') : this.list(name);
    return axes?.length === 1;
  }

  list(name: string): readonly number[] | undefined {
    const value =
      this.#model.initializers.get(name) ?? this.writer(name, 'Constant')?.attributes.get('value');
    return typeof value === 'object' && 'dims' in value ? [...value.data] : undefined;
  }

  /** What is squared: Pow(x, 2) or Mul(x, x). */
  squared(name: string | undefined): string | undefined {
    const power = this.writer(name, 'Pow');
    if (power !== undefined && this.scalar(power.inputs[1]) === 2) return power.inputs[0];
    const product = this.writer(name, 'Mul');
    return product !== undefined && product.inputs[0] === product.inputs[1] ? product.inputs[0] : undefined;
  }

  /** Of √(mean(c²) + ε): c and ε. */
  deviation(name: string | undefined): { readonly centred: string; readonly epsilon: number } | undefined {
    const sum = this.withScalar(this.writer(this.writer(name, 'Sqrt')?.inputs[0], 'Add'));
    const mean = this.writer(sum?.other, 'ReduceMean');
    const centred = this.isLastAxis(mean) ? this.squared(mean?.inputs[0]) : undefined;
    return centred === undefined || sum === undefined ? undefined : { centred, epsilon: sum.scalar };
  }

  /** Of x − mean(x): x. */
  centred(name: string): string | undefined {
    const node = this.writer(name, 'Sub');
    const mean = this.writer(node?.inputs[1], 'ReduceMean');
    return mean !== undefined && this.isLastAxis(mean) && mean.inputs[0] === node?.inputs[0]
      ? mean.inputs[0]
      : undefined;
  }

  /** Of max(‖x‖, ε), or ‖x‖: x. */
  length(name: string | undefined): string | undefined {
    const bounded = this.writer(name, 'Expand', 'Clip', 'Max');
    if (bounded !== undefined) return this.length(bounded.inputs[0]);
    const norm = this.writer(name, 'ReduceL2');
    if (norm !== undefined) return this.isLastAxis(norm) ? norm.inputs[0] : undefined;
    const sum = this.writer(this.writer(name, 'Sqrt')?.inputs[0], 'ReduceSum');
    return this.isLastAxis(sum) ? this.squared(sum?.inputs[0]) : undefined;
  }
}

/** numerator ÷ denominator, or numerator · 1 / denominator. */
function quotient(node: OnnxNode, back: Backwards): readonly [string, string] | undefined {
  if (node.operator === 'Div') return node.inputs as unknown as readonly [string, string];
  if (node.operator !== 'Mul') return undefined;
  for (const [own, other] of [
    [0, 1],
    [1, 0],
  ] as const) {
    const inverse = back.writer(node.inputs[other], 'Reciprocal');
    if (inverse !== undefined) return [node.inputs[own] as string, inverse.inputs[0] as string];
  }
  return undefined;
}

function fused(node: OnnxNode, back: Backwards): OnnxNode {
  const parts = quotient(node, back);
  if (parts === undefined) return node;
  const [numerator, denominator] = parts;
  const as = (operator: string, input: string, epsilon: number): OnnxNode => ({
    ...node,
    ...{ operator, domain: 'aivm', inputs: [input], attributes: new Map([['epsilon', epsilon]]) },
  });
  const deviation = back.deviation(denominator);
  if (deviation !== undefined) {
    const x = back.centred(numerator);
    const same = back.centred(deviation.centred) === x;
    if (x !== undefined && same) return as('LayerNormalization', x, deviation.epsilon);
    if (deviation.centred === numerator) return as('RMSNormalization', numerator, deviation.epsilon);
    return node;
  }
  return back.length(denominator) === numerator ? as('LpNormalization', numerator, 0) : node;
}

/** Nodes that an output follows from. */
function reachable(nodes: readonly OnnxNode[], outputs: readonly string[]): readonly OnnxNode[] {
  const needed = new Set(outputs);
  const kept: OnnxNode[] = [];
  for (const node of [...nodes].reverse()) {
    if (!node.outputs.some((name) => needed.has(name))) continue;
    kept.push(node);
    for (const input of node.inputs) needed.add(input);
  }
  return kept.reverse();
}

/**
 * Layer, RMS and length norms that an exporter wrote as chains of means, squares and roots, as one node each. Gains and
 * biases stay behind them. Nodes that no output follows from are left out.
 */
export function fuseNorms(model: OnnxModel): OnnxModel {
  const back = new Backwards(model);
  const nodes = model.nodes.map((node) => fused(node, back));
  return {
    ...model,
    nodes: reachable(
      nodes,
      model.outputs.map(({ name }) => name),
    ),
  };
}
