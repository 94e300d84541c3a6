import type { TensorSource } from '../files/safetensors.ts';
import type { Graph } from '../graph/graph.ts';
import type { BertConfig } from './bert-config.ts';
import { activationOf, CheckpointBuilder } from './checkpoint-builder.ts';

/** How the rows of an encoder become one answer. */
export interface SentenceOptions {
  /** Whether the answer is the mean of the rows, and not the rows. */
  readonly meanPool: boolean;
  /** Whether the mean is brought to length 1. */
  readonly isNormalized: boolean;
}

/** The table of positions with the first type's row added to each, since a text is one segment. */
function positionTable(b: CheckpointBuilder, prefix: string, { context, width }: BertConfig, maxT: number) {
  const positions = b.matrix(`${prefix}embeddings.position_embeddings.weight`, context, width);
  const types = b.has(`${prefix}embeddings.token_type_embeddings.weight`)
    ? b.matrix(`${prefix}embeddings.token_type_embeddings.weight`, 2, width).data
    : new Float32Array(width);
  const data = Float64Array.from(
    positions.data.subarray(0, maxT * width),
    (value, i) => value + (types[i % width] as number),
  );
  return { rows: maxT, width, data };
}

/**
 * The graph of an encoder of the BERT family: embeddings, then layers that norm behind each sum.
 *
 * @throws AivmError `not_found` for a tensor that is missing, `malformed` for one of another shape, `import_refused`
 */
export function createBertGraph(
  config: BertConfig,
  weights: TensorSource,
  maxT: number,
  { meanPool, isNormalized }: SentenceOptions,
): Graph {
  const { width, hidden, layers, heads, vocabulary, epsilon } = config;
  const b = new CheckpointBuilder(weights);
  const prefix = b.has('bert.embeddings.word_embeddings.weight') ? 'bert.' : '';
  const activation = activationOf(config.activation);
  const words = `${prefix}embeddings.word_embeddings`;
  const places = `${prefix}embeddings.position_embeddings`;
  const embedded = b.add(
    `${prefix}embeddings`,
    b.embed(words, b.matrix(`${words}.weight`, vocabulary, width), false),
    b.embed(places, positionTable(b, prefix, config, maxT), true),
  );
  let x = b.norm(`${prefix}embeddings.LayerNorm`, embedded, epsilon, true);
  for (let layer = 0; layer < layers; layer++) {
    const name = `${prefix}encoder.layer.${layer}`;
    const project = (part: string): number =>
      b.dense(`${name}.attention.self.${part}`, x, ['T', heads, width / heads]);
    const inputs = [project('query'), project('key'), project('value')] as const;
    const seen = b.dense(
      `${name}.attention.output.dense`,
      b.attention(`${name}.attention.self`, inputs, false),
      ['T', width],
    );
    x = b.norm(
      `${name}.attention.output.LayerNorm`,
      b.add(`${name}.attention.output`, seen, x),
      epsilon,
      true,
    );
    const up = b.activate(
      `${name}.intermediate`,
      activation,
      b.dense(`${name}.intermediate.dense`, x, ['T', hidden]),
    );
    const down = b.dense(`${name}.output.dense`, up, ['T', width]);
    x = b.norm(`${name}.output.LayerNorm`, b.add(`${name}.output`, down, x), epsilon, true);
  }
  if (meanPool) x = b.graph.add({ name: 'pooling', operation: { kind: 'mean' }, inputs: [x], dims: [width] });
  if (meanPool && isNormalized) {
    // A row of length 1 has a mean square of 1 ÷ width.
    const gain = new Float64Array(width).fill(width ** -0.5);
    const norm = { kind: 'norm', hasMean: false, gain, bias: new Float64Array(width), epsilon: 0 } as const;
    x = b.graph.add({ name: 'normalize', operation: norm, inputs: [x], dims: [width] });
  }
  return { form: 'encoder', maxT, vocabulary, endTokens: [], nodes: b.graph.nodes, output: x, remarks: [] };
}
