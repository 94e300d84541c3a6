import { AivmError } from '@aivm/core/errors';
import type { OnnxModel, OnnxNode } from '../onnx/onnx-model.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type Evaluate, refuseNode } from './evaluate-node.ts';
import { LINEAR } from './linear.ts';
import { MAKE } from './make.ts';
import { MOVES } from './moves.ts';
import { NORMS } from './norms.ts';
import { POINTWISE } from './pointwise.ts';
import { QUANTISE } from './quantise.ts';
import { REDUCE } from './reduce.ts';

const OPERATORS: Readonly<Record<string, Evaluate>> = {
  ...LINEAR,
  ...MAKE,
  ...MOVES,
  ...NORMS,
  ...POINTWISE,
  ...QUANTISE,
  ...REDUCE,
};

/** Domains whose operators have the names of the default one. */
const DOMAINS = new Set(['', 'com.microsoft', 'aivm']);

function evaluatorOf(node: OnnxNode): Evaluate {
  const found = DOMAINS.has(node.domain) && Object.hasOwn(OPERATORS, node.operator);
  return found ? (OPERATORS[node.operator] as Evaluate) : refuseNode(node, 'has no integer form');
}

/** Refuses a model with an operator that is not known, before anything is computed. @throws AivmError `import_refused` */
export function requireOperators({ nodes }: OnnxModel): void {
  for (const node of nodes) evaluatorOf(node);
}

/** All values of a run by name, and which of them follow from the inputs in `varying`. */
export interface GraphRun {
  readonly values: ReadonlyMap<string, Tensor>;
  readonly varying: ReadonlySet<string>;
}

/**
 * Runs a graph in floats, node by node, as the ONNX operators say.
 *
 * @param inputs every input of the graph
 * @param varying inputs that differ from task to task; what does not follow from them is a constant
 */
export function runGraph(
  { nodes, initializers, opset }: OnnxModel,
  inputs: ReadonlyMap<string, Tensor>,
  varyingInputs: ReadonlySet<string>,
): GraphRun {
  const values = new Map<string, Tensor>([...initializers, ...inputs]);
  const varying = new Set(varyingInputs);
  for (const node of nodes) {
    const read = node.inputs.map((name) => (name === '' ? undefined : values.get(name)));
    const missing = node.inputs.find((name, i) => name !== '' && read[i] === undefined);
    if (missing !== undefined)
      throw new AivmError(
        'malformed',
        `node "${node.name}": its input "${missing}" is written by no node before it`,
      );
    const written = evaluatorOf(node)(node, read, opset);
    for (const [i, name] of node.outputs.entries()) {
      const value = written[i];
      if (name === '' || value === undefined) continue;
      values.set(name, value);
      // The axes of a value are known without the value.
      if (node.operator !== 'Shape' && node.inputs.some((input) => varying.has(input))) varying.add(name);
    }
  }
  return { values, varying };
}
