import { AivmError } from '@aivm/core/errors';
import type { Dimension } from '@aivm/core/network';
import { FUNCTIONS } from '../evaluate/pointwise.ts';
import type { TensorSource } from '../files/safetensors.ts';
import type { Graph, Matrix, Pointwise } from '../graph/graph.ts';
import { GraphBuilder } from '../graph/graph-builder.ts';
import type { LlamaConfig } from './llama-config.ts';

/** Names of activations in config.json. */
const ACTIVATIONS: Readonly<Record<string, Pointwise>> = {
  silu: { label: 'SiLU', apply: (x) => x / (1 + Math.exp(-x)) },
  gelu: {
    label: 'GELU',
    apply: FUNCTIONS.Gelu?.({ attributes: new Map() } as never) as (x: number) => number,
  },
  relu: { label: 'ReLU', apply: (x) => Math.max(x, 0) },
  gelu_pytorch_tanh: {
    label: 'GELU',
    apply: (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  },
};

/** Builds the graph of one checkpoint. */
class LlamaBuilder {
  readonly builder = new GraphBuilder();
  readonly #config: LlamaConfig;
  readonly #weights: TensorSource;
  readonly #angles: Matrix;
  readonly #activation: Pointwise;

  constructor(config: LlamaConfig, weights: TensorSource, maxT: number) {
    this.#config = config;
    this.#weights = weights;
    const { frequencies, inner } = config;
    const data = Float64Array.from({ length: (maxT * inner) / 2 }, (_, i) => {
      const width = frequencies.length;
      return Math.floor(i / width) * (frequencies[i % width] as number);
    });
    this.#angles = { rows: maxT, width: inner / 2, data };
    const activation = Object.hasOwn(ACTIVATIONS, config.activation)
      ? ACTIVATIONS[config.activation]
      : undefined;
    if (activation === undefined)
      throw new AivmError(
        'import_refused',
        `config.json: hidden_act "${config.activation}" is none of ${Object.keys(ACTIVATIONS).join(', ')}`,
      );
    this.#activation = activation;
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

  #dense(name: string, x: number, dims: readonly Dimension[], rows: number, width: number): number {
    const weights = this.matrix(`${name}.weight`, rows, width);
    const hasBias = this.#weights.names.includes(`${name}.bias`);
    const bias = hasBias ? Float64Array.from(this.#read(`${name}.bias`, [rows])) : new Float64Array(rows);
    return this.builder.add({
      name,
      operation: { kind: 'dense', weights, bias, leading: 1 },
      inputs: [x],
      dims,
    });
  }

  norm(name: string, x: number): number {
    const { width, epsilon } = this.#config;
    const gain = Float64Array.from(this.#read(`${name}.weight`, [width]));
    const operation = { kind: 'norm', hasMean: false, gain, bias: new Float64Array(width), epsilon } as const;
    return this.builder.add({ name, operation, inputs: [x], dims: this.builder.dims(x) });
  }

  #add(name: string, a: number, b: number): number {
    return this.builder.add({ name, operation: { kind: 'add' }, inputs: [a, b], dims: this.builder.dims(a) });
  }

  attention(name: string, h: number, x: number): number {
    const { heads, kvHeads, inner, width } = this.#config;
    const project = (part: string, count: number): number =>
      this.#dense(`${name}.${part}_proj`, h, ['T', count, inner], count * inner, width);
    const turn = (input: number, part: string): number =>
      this.builder.add({
        name: `${name}.${part}_proj`,
        operation: { kind: 'rope', angles: this.#angles },
        inputs: [input],
        dims: this.builder.dims(input),
      });
    const q = turn(project('q', heads), 'q');
    const k = turn(project('k', kvHeads), 'k');
    const v = project('v', kvHeads);
    const mixed = this.builder.add({
      name,
      operation: { kind: 'attention', factor: inner ** -0.5, causal: true },
      inputs: [q, k, v],
      dims: ['T', heads, inner],
    });
    return this.#add(name, x, this.#dense(`${name}.o_proj`, mixed, ['T', width], width, heads * inner));
  }

  feedForward(name: string, h: number, x: number): number {
    const { hidden, width } = this.#config;
    const gate = this.#dense(`${name}.gate_proj`, h, ['T', hidden], hidden, width);
    const up = this.#dense(`${name}.up_proj`, h, ['T', hidden], hidden, width);
    const active = this.builder.add({
      name: `${name}.act_fn`,
      operation: { kind: 'unary', function: this.#activation },
      inputs: [gate],
      dims: ['T', hidden],
    });
    const product = this.builder.add({
      name,
      operation: { kind: 'mul' },
      inputs: [active, up],
      dims: ['T', hidden],
    });
    return this.#add(name, x, this.#dense(`${name}.down_proj`, product, ['T', width], width, hidden));
  }
}

/**
 * The graph of a decoder of the Llama family: the most likely token behind each of the last N rows of a text.
 *
 * @throws AivmError `not_found` for a tensor that is missing, `malformed` for one of another shape, `import_refused`
 */
export function createLlamaGraph(config: LlamaConfig, weights: TensorSource, maxT: number): Graph {
  const { layers, width, vocabulary, hasTiedHead, endTokens } = config;
  const llama = new LlamaBuilder(config, weights, maxT);
  const { builder } = llama;
  const table = llama.matrix('model.embed_tokens.weight', vocabulary, width);
  let x = builder.add({
    name: 'model.embed_tokens',
    operation: { kind: 'embed', table, ofPosition: false },
    inputs: [],
    dims: ['T', width],
  });
  for (let layer = 0; layer < layers; layer++) {
    const name = `model.layers.${layer}`;
    x = llama.attention(`${name}.self_attn`, llama.norm(`${name}.input_layernorm`, x), x);
    x = llama.feedForward(`${name}.mlp`, llama.norm(`${name}.post_attention_layernorm`, x), x);
  }
  const last = builder.add({ name: 'model', operation: { kind: 'tail' }, inputs: [x], dims: ['N', width] });
  const head = hasTiedHead ? table : llama.matrix('lm_head.weight', vocabulary, width);
  const logits = builder.add({
    name: 'lm_head',
    operation: { kind: 'dense', weights: head, bias: new Float64Array(vocabulary), leading: 1 },
    inputs: [llama.norm('model.norm', last)],
    dims: ['N', vocabulary],
  });
  const output = builder.add({
    name: 'lm_head',
    operation: { kind: 'argmax' },
    inputs: [logits],
    dims: ['N'],
  });
  return { form: 'decoder', maxT, vocabulary, endTokens, nodes: builder.nodes, output, remarks: [] };
}
