import type { TensorSource } from '../files/safetensors.ts';
import type { Graph, Matrix, Pointwise } from '../graph/graph.ts';
import { activationOf, CheckpointBuilder } from './checkpoint-builder.ts';
import type { LlamaConfig } from './llama-config.ts';

/** The angle of each pair at each position. */
function angleTable({ frequencies }: LlamaConfig, maxT: number): Matrix {
  const width = frequencies.length;
  const data = Float64Array.from(
    { length: maxT * width },
    (_, i) => Math.floor(i / width) * (frequencies[i % width] as number),
  );
  return { rows: maxT, width, data };
}

/** What the layers of one checkpoint share. */
interface Shared {
  readonly config: LlamaConfig;
  readonly angles: Matrix;
  readonly activation: Pointwise;
}

function addAttention(
  b: CheckpointBuilder,
  name: string,
  h: number,
  x: number,
  { config, angles }: Shared,
): number {
  const { heads, kvHeads, inner, width } = config;
  const turn = (part: string, count: number): number => {
    const input = b.dense(`${name}.${part}_proj`, h, ['T', count, inner]);
    const operation = { kind: 'rope', angles } as const;
    return b.graph.add({
      name: `${name}.${part}_proj`,
      operation,
      inputs: [input],
      dims: b.graph.dims(input),
    });
  };
  const inputs = [
    turn('q', heads),
    turn('k', kvHeads),
    b.dense(`${name}.v_proj`, h, ['T', kvHeads, inner]),
  ] as const;
  return b.add(name, x, b.dense(`${name}.o_proj`, b.attention(name, inputs, true), ['T', width]));
}

function addFeedForward(
  b: CheckpointBuilder,
  name: string,
  h: number,
  x: number,
  { config, activation }: Shared,
): number {
  const { hidden, width } = config;
  const gate = b.activate(`${name}.act_fn`, activation, b.dense(`${name}.gate_proj`, h, ['T', hidden]));
  const inputs = [gate, b.dense(`${name}.up_proj`, h, ['T', hidden])];
  const product = b.graph.add({ name, operation: { kind: 'mul' }, inputs, dims: ['T', hidden] });
  return b.add(name, x, b.dense(`${name}.down_proj`, product, ['T', width]));
}

/**
 * The graph of a decoder of the Llama family: the most likely token behind each of the last N rows of a text.
 *
 * @throws AivmError `not_found` for a tensor that is missing, `malformed` for one of another shape, `import_refused`
 */
export function createLlamaGraph(config: LlamaConfig, weights: TensorSource, maxT: number): Graph {
  const { layers, width, vocabulary, hasTiedHead, endTokens, epsilon } = config;
  const b = new CheckpointBuilder(weights);
  const shared = { config, angles: angleTable(config, maxT), activation: activationOf(config.activation) };
  const table = b.matrix('model.embed_tokens.weight', vocabulary, width);
  let x = b.embed('model.embed_tokens', table, false);
  for (let layer = 0; layer < layers; layer++) {
    const name = `model.layers.${layer}`;
    x = addAttention(b, `${name}.self_attn`, b.norm(`${name}.input_layernorm`, x, epsilon, false), x, shared);
    x = addFeedForward(
      b,
      `${name}.mlp`,
      b.norm(`${name}.post_attention_layernorm`, x, epsilon, false),
      x,
      shared,
    );
  }
  const last = b.graph.add({ name: 'model', operation: { kind: 'tail' }, inputs: [x], dims: ['N', width] });
  const head = hasTiedHead ? table : b.matrix('lm_head.weight', vocabulary, width);
  const logits = b.graph.add({
    name: 'lm_head',
    operation: { kind: 'dense', weights: head, bias: new Float64Array(vocabulary), leading: 1 },
    inputs: [b.norm('model.norm', last, epsilon, false)],
    dims: ['N', vocabulary],
  });
  const output = b.graph.add({
    name: 'lm_head',
    operation: { kind: 'argmax' },
    inputs: [logits],
    dims: ['N'],
  });
  return { form: 'decoder', maxT, vocabulary, endTokens, nodes: b.graph.nodes, output, remarks: [] };
}
