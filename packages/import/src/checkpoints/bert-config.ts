import { AivmError } from '@aivm/core/errors';

/** The sizes of an encoder of the BERT family. */
export interface BertConfig {
  readonly width: number;
  readonly hidden: number;
  readonly layers: number;
  readonly heads: number;
  readonly vocabulary: number;
  readonly context: number;
  readonly epsilon: number;
  readonly activation: string;
}

const refuse = (detail: string): never => {
  throw new AivmError('import_refused', `config.json: ${detail}`);
};

/** The members of config.json. @throws AivmError `import_refused` that names the member */
export function parseBertConfig(config: Readonly<Record<string, unknown>>): BertConfig {
  const count = (name: string): number => {
    const number = config[name];
    if (!Number.isSafeInteger(number) || (number as number) < 1)
      return refuse(`${name} is ${JSON.stringify(number)}; it must be a positive integer`);
    return number as number;
  };
  const positions = config.position_embedding_type ?? 'absolute';
  if (positions !== 'absolute')
    refuse(`position_embedding_type is ${JSON.stringify(positions)}; absolute has an integer form`);
  const epsilon = config.layer_norm_eps;
  return {
    width: count('hidden_size'),
    hidden: count('intermediate_size'),
    layers: count('num_hidden_layers'),
    heads: count('num_attention_heads'),
    vocabulary: count('vocab_size'),
    context: count('max_position_embeddings'),
    epsilon: typeof epsilon === 'number' ? epsilon : 1e-12,
    activation: String(config.hidden_act ?? 'gelu'),
  };
}
