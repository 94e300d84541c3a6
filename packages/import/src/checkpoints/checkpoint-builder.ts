import { AivmError } from '@aivm/core/errors';
import type { Dimension } from '@aivm/core/network';
import { FUNCTIONS } from '../evaluate/pointwise.ts';
import type { TensorSource } from '../files/safetensors.ts';
import type { Matrix, Pointwise } from '../graph/graph.ts';
import { GraphBuilder } from '../graph/graph-builder.ts';

const functionOf = (operator: string, approximate = 'none'): ((x: number) => number) =>
  (FUNCTIONS[operator] as (node: never) => (x: number) => number)({
    attributes: new Map([['approximate', approximate]]),
  } as never);

const TANH_GELU: Pointwise = { label: 'GELU', apply: functionOf('Gelu', 'tanh') };

/** Names of activations in config.json. */
const ACTIVATIONS: Readonly<Record<string, Pointwise>> = {
  gelu: { label: 'GELU', apply: functionOf('Gelu') },
  gelu_new: TANH_GELU,
  gelu_pytorch_tanh: TANH_GELU,
  relu: { label: 'Relu', apply: functionOf('Relu'), clip: [0, Number.POSITIVE_INFINITY] },
  silu: { label: 'SiLU', apply: (x) => x / (1 + Math.exp(-x)) },
};

/** What config.json calls an activation. @throws AivmError `import_refused` */
export function activationOf(name: string): Pointwise {
  const found = Object.hasOwn(ACTIVATIONS, name) ? ACTIVATIONS[name] : undefined;
  if (found !== undefined) return found;
  throw new AivmError(
    'import_refused',
    `config.json: hidden_act "${name}" is none of ${Object.keys(ACTIVATIONS).join(', ')}`,
  );
}

/** A graph that grows from the tensors of a checkpoint. Nodes have the names of their tensors. */
export class CheckpointBuilder {
  readonly graph = new GraphBuilder();
  readonly #weights: TensorSource;

  constructor(weights: TensorSource) {
    this.#weights = weights;
  }

  #read(name: string, dims: readonly number[]): Float32Array | Float64Array {
    const tensor = this.#weights.read(name);
    if (tensor.dims.join() !== dims.join())
      throw new AivmError(
        'malformed',
        `tensor "${name}": its axes are ${tensor.dims.join(' × ')}; config.json asks for ${dims.join(' × ')}`,
      );
    return tensor.data;
  }

  matrix(name: string, rows: number, width: number): Matrix {
    return { rows, width, data: this.#read(name, [rows, width]) };
  }

  vector(name: string, width: number): Float64Array {
    return Float64Array.from(this.#read(name, [width]));
  }

  has(name: string): boolean {
    return this.#weights.names.includes(name);
  }

  embed(name: string, table: Matrix, ofPosition: boolean): number {
    const dims = ['T', table.width] as const;
    return this.graph.add({ name, operation: { kind: 'embed', table, ofPosition }, inputs: [], dims });
  }

  /** A layer that writes `dims`, whose last axes are its rows. */
  dense(name: string, x: number, dims: readonly Dimension[]): number {
    const width = this.graph
      .dims(x)
      .slice(1)
      .reduce<number>((product, length) => product * (length as number), 1);
    const rows = dims.slice(1).reduce<number>((product, length) => product * (length as number), 1);
    const weights = this.matrix(`${name}.weight`, rows, width);
    const bias = this.has(`${name}.bias`) ? this.vector(`${name}.bias`, rows) : new Float64Array(rows);
    return this.graph.add({
      name,
      operation: { kind: 'dense', weights, bias, leading: 1 },
      inputs: [x],
      dims,
    });
  }

  /** A layer norm if it has a bias of its own, else one by the root of the mean square. */
  norm(name: string, x: number, epsilon: number, hasMean: boolean): number {
    const dims = this.graph.dims(x);
    const width = dims[dims.length - 1] as number;
    const gain = this.vector(`${name}.weight`, width);
    const bias = hasMean ? this.vector(`${name}.bias`, width) : new Float64Array(width);
    return this.graph.add({
      name,
      operation: { kind: 'norm', hasMean, gain, bias, epsilon },
      inputs: [x],
      dims,
    });
  }

  add(name: string, a: number, b: number): number {
    return this.graph.add({ name, operation: { kind: 'add' }, inputs: [a, b], dims: this.graph.dims(a) });
  }

  activate(name: string, activation: Pointwise, x: number): number {
    const operation = { kind: 'unary', function: activation } as const;
    return this.graph.add({ name, operation, inputs: [x], dims: this.graph.dims(x) });
  }

  attention(name: string, inputs: readonly [q: number, k: number, v: number], causal: boolean): number {
    const dims = this.graph.dims(inputs[0]);
    const operation = { kind: 'attention', factor: (dims[2] as number) ** -0.5, causal } as const;
    return this.graph.add({ name, operation, inputs, dims });
  }
}
