import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Texts of an encoder's calibration. */
export const SENTENCES: readonly string[] = [
  'The king said to the priest that the morning was cold.',
  'A watcher computes each posted answer again.',
  'Nobody pays while nobody disputes!',
  'Where are the weights, and who holds them?',
  'Numbers: 3.14, 1,000 and 0xff.',
  'Crème brûlée in a café; 中文 too.',
  'the the the the the the',
  'One element decides.',
];

const WORDS = [
  'the',
  'king',
  'said',
  'to',
  'priest',
  'that',
  'was',
  'and',
  'answer',
  'one',
  'who',
  '##er',
  '##ing',
  '##s',
];
const LETTERS = [...'abcdefghijklmnopqrstuvwxyz0123456789.,;:!?'];
/** Of the encoder: a token a line. */
export const VOCABULARY: readonly string[] = [
  ...new Set([
    ...['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'],
    ...WORDS,
    ...LETTERS,
    ...LETTERS.map((letter) => `##${letter}`),
  ]),
];

const WIDTH = 16;
const HIDDEN = 32;
const CONTEXT = 64;

/** Numbers of about a normal distribution, the same ones each time. */
function createNoise(seed: number): () => number {
  let state = seed;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  return () => next() + next() + next() + next() - 2;
}

function tensorsOf(
  layers: number,
): readonly (readonly [name: string, shape: readonly number[], scale: number, shift: number])[] {
  const norm = (name: string) =>
    [
      [`${name}.weight`, [WIDTH], 0.1, 1],
      [`${name}.bias`, [WIDTH], 0.1, 0],
    ] as const;
  const dense = (name: string, rows: number, columns: number) =>
    [
      [`${name}.weight`, [rows, columns], columns ** -0.5, 0],
      [`${name}.bias`, [rows], 0.1, 0],
    ] as const;
  const layer = (index: number) => {
    const name = `encoder.layer.${index}`;
    return [
      ...['query', 'key', 'value'].flatMap((part) => dense(`${name}.attention.self.${part}`, WIDTH, WIDTH)),
      ...dense(`${name}.attention.output.dense`, WIDTH, WIDTH),
      ...norm(`${name}.attention.output.LayerNorm`),
      ...dense(`${name}.intermediate.dense`, HIDDEN, WIDTH),
      ...dense(`${name}.output.dense`, WIDTH, HIDDEN),
      ...norm(`${name}.output.LayerNorm`),
    ];
  };
  return [
    ['embeddings.word_embeddings.weight', [VOCABULARY.length, WIDTH], 1, 0],
    ['embeddings.position_embeddings.weight', [CONTEXT, WIDTH], 0.3, 0],
    ['embeddings.token_type_embeddings.weight', [2, WIDTH], 0.3, 0],
    ...norm('embeddings.LayerNorm'),
    ...Array.from({ length: layers }, (_, i) => layer(i)).flat(),
  ];
}

function safetensors(seed: number): Uint8Array {
  const noise = createNoise(seed);
  const header: Record<string, object> = {};
  const parts: Uint8Array[] = [];
  let place = 0;
  for (const [name, shape, scale, shift] of tensorsOf(2)) {
    const count = shape.reduce((product, length) => product * length, 1);
    const data = Float32Array.from({ length: count }, () => shift + scale * noise());
    header[name] = { dtype: 'F32', shape, data_offsets: [place, place + data.byteLength] };
    parts.push(new Uint8Array(data.buffer));
    place += data.byteLength;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const size = new Uint8Array(8);
  new DataView(size.buffer).setBigUint64(0, BigInt(text.length), true);
  return Buffer.concat([size, text, ...parts]);
}

/** Writes a sentence encoder of BERT's shape with random weights, as its library keeps one: two layers of width 16. */
export async function writeSmallEncoder(folder: string, seed = 1): Promise<void> {
  const config = {
    ...{ model_type: 'bert', hidden_size: WIDTH, intermediate_size: HIDDEN, hidden_act: 'gelu' },
    ...{ num_hidden_layers: 2, num_attention_heads: 2, layer_norm_eps: 1e-12 },
    ...{ vocab_size: VOCABULARY.length, max_position_embeddings: CONTEXT },
  };
  const modules = ['Transformer', 'Pooling', 'Normalize'].map((kind, idx) => ({
    ...{ idx, name: String(idx), path: kind === 'Transformer' ? '' : `${idx}_${kind}` },
    type: `sentence_transformers.models.${kind}`,
  }));
  await mkdir(join(folder, '1_Pooling'), { recursive: true });
  const json = (name: string, value: unknown) => writeFile(join(folder, name), JSON.stringify(value));
  await Promise.all([
    json('config.json', config),
    json('modules.json', modules),
    json('1_Pooling/config.json', { pooling_mode_mean_tokens: true }),
    json('tokenizer_config.json', { do_lower_case: true, strip_accents: null }),
    json('sentences.json', SENTENCES),
    writeFile(join(folder, 'vocab.txt'), `${VOCABULARY.join('\n')}\n`),
    writeFile(join(folder, 'model.safetensors'), safetensors(seed)),
  ]);
}
