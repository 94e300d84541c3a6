import { AivmError } from '@aivm/core/errors';
import { parseBertConfig } from '../checkpoints/bert-config.ts';
import { createBertGraph } from '../checkpoints/bert-graph.ts';
import { parseLlamaConfig } from '../checkpoints/llama-config.ts';
import { createLlamaGraph } from '../checkpoints/llama-graph.ts';
import { type Checkpoint, readCheckpoint } from '../checkpoints/read-checkpoint.ts';
import type { Sample } from '../files/samples.ts';
import type { Graph } from '../graph/graph.ts';
import { runFloat } from '../graph/run-float.ts';
import type { FloatModel } from './float-model.ts';

/** What the importer may be told about a checkpoint. */
export interface CheckpointOptions {
  readonly maxTokens?: number | undefined;
  /** How rows become an answer; left out: as the checkpoint says. */
  readonly pool?: 'none' | 'mean' | undefined;
}

const LLAMA: readonly unknown[] = ['llama', 'mistral', 'qwen2'];
const BERT: readonly unknown[] = ['bert'];
/** The longest text of an encoder that is not told otherwise. */
const ENCODER_TOKENS = 256;

function createGraph(
  { config, weights, sentence }: Checkpoint,
  { maxTokens, pool }: CheckpointOptions,
): Graph {
  const within = (wanted: number, context: number): number => {
    if (wanted <= context) return wanted;
    throw new AivmError('out_of_range', `maxTokens is ${wanted}; the model has a context of ${context}`);
  };
  if (LLAMA.includes(config.model_type)) {
    const llama = parseLlamaConfig(config);
    return createLlamaGraph(llama, weights, within(maxTokens ?? llama.context, llama.context));
  }
  if (BERT.includes(config.model_type)) {
    const bert = parseBertConfig(config);
    const maxT = within(maxTokens ?? Math.min(ENCODER_TOKENS, bert.context), bert.context);
    const meanPool = pool === undefined ? sentence.meanPool : pool === 'mean';
    return createBertGraph(bert, weights, maxT, { ...sentence, meanPool });
  }
  throw new AivmError(
    'import_refused',
    `config.json: model_type is ${JSON.stringify(config.model_type)}; known are ${[...LLAMA, ...BERT].join(', ')}`,
  );
}

/** Reads a checkpoint folder of the Llama or BERT family. @throws AivmError `not_found`, `malformed`, `import_refused` */
export async function openCheckpoint(folder: string, options: CheckpointOptions): Promise<FloatModel> {
  const graph = createGraph(await readCheckpoint(folder), options);
  return {
    format: 'checkpoint',
    graph,
    leavesSoftmaxOut: false,
    reference: "the checkpoint's layers, run in floats by the importer",
    answer: ({ values }: Sample) => {
      const size = { T: values.length, N: values.length };
      return runFloat(graph, { tokens: values }, size).get(graph.output)?.data ?? new Float64Array(0);
    },
  };
}
