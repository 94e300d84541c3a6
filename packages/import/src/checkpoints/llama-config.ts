import { AivmError } from '@aivm/core/errors';

/** The sizes of a decoder of the Llama family. */
export interface LlamaConfig {
  readonly width: number;
  readonly hidden: number;
  readonly layers: number;
  readonly heads: number;
  readonly kvHeads: number;
  /** Places of a head. */
  readonly inner: number;
  readonly vocabulary: number;
  readonly context: number;
  readonly epsilon: number;
  readonly activation: string;
  readonly hasTiedHead: boolean;
  readonly endTokens: readonly number[];
  /** The angle that pair i turns by from one position to the next. */
  readonly frequencies: readonly number[];
}

const END_TOKENS_MAX = 16;

const refuse = (detail: string): never => {
  throw new AivmError('import_refused', `config.json: ${detail}`);
};

/** The members of config.json. @throws AivmError `import_refused` that names the member */
export function parseLlamaConfig(config: Readonly<Record<string, unknown>>): LlamaConfig {
  const count = (name: string, fallback?: number): number => {
    const number = config[name] ?? fallback;
    if (!Number.isSafeInteger(number) || (number as number) < 1)
      return refuse(`${name} is ${JSON.stringify(number)}; it must be a positive integer`);
    return number as number;
  };
  const width = count('hidden_size');
  const heads = count('num_attention_heads');
  const inner = count('head_dim', width / heads);
  const context = count('max_position_embeddings');
  const window = config.sliding_window;
  const usesWindow = config.use_sliding_window ?? config.model_type === 'mistral';
  if (typeof window === 'number' && usesWindow === true && window < context)
    refuse(
      `sliding_window is ${window}, below the context of ${context}; attention to a window has no integer form yet`,
    );
  return {
    ...{ width, heads, inner, context },
    hidden: count('intermediate_size'),
    layers: count('num_hidden_layers'),
    kvHeads: count('num_key_value_heads', heads),
    vocabulary: count('vocab_size'),
    epsilon: numberOf(config.rms_norm_eps, 1e-6),
    activation: String(config.hidden_act ?? 'silu'),
    hasTiedHead: config.tie_word_embeddings === true,
    endTokens: endTokensOf(config.eos_token_id),
    frequencies: frequenciesOf(config, inner),
  };
}

const numberOf = (value: unknown, fallback: number): number => (typeof value === 'number' ? value : fallback);

function endTokensOf(value: unknown): readonly number[] {
  const list = [value].flat().filter((token): token is number => Number.isSafeInteger(token));
  if (list.length > END_TOKENS_MAX)
    refuse(`eos_token_id names ${list.length} tokens; at most ${END_TOKENS_MAX}`);
  return [...new Set(list)].sort((a, b) => a - b);
}

/** Angles by position, as `rope_scaling` (or `rope_parameters`) moves them. */
function frequenciesOf(config: Readonly<Record<string, unknown>>, inner: number): readonly number[] {
  const scaling = Object(config.rope_scaling ?? config.rope_parameters ?? {}) as Readonly<
    Record<string, unknown>
  >;
  const theta = numberOf(scaling.rope_theta, numberOf(config.rope_theta, 10_000));
  const base = Array.from({ length: inner / 2 }, (_, i) => theta ** ((-2 * i) / inner));
  const type = scaling.rope_type ?? scaling.type ?? 'default';
  const factor = numberOf(scaling.factor, 1);
  if (type === 'default') return base;
  if (type === 'linear') return base.map((frequency) => frequency / factor);
  if (type !== 'llama3')
    return refuse(`rope_scaling of type ${JSON.stringify(type)}; known are linear and llama3`);
  const low = numberOf(scaling.low_freq_factor, 1);
  const high = numberOf(scaling.high_freq_factor, 4);
  const original = numberOf(scaling.original_max_position_embeddings, 8_192);
  return base.map((frequency) => {
    const turns = (original * frequency) / (2 * Math.PI);
    // Fast pairs stay, slow ones are stretched, those between are mixed.
    const share = Math.min(Math.max((turns - low) / (high - low), 0), 1);
    return frequency * share + (frequency / factor) * (1 - share);
  });
}
