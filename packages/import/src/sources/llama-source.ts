import { AivmError } from '@aivm/core/errors';
import type { Sample } from '../files/samples.ts';
import { runFloat } from '../graph/run-float.ts';
import { createLlamaGraph } from '../llama/llama-graph.ts';
import { readCheckpoint } from '../llama/read-checkpoint.ts';
import type { FloatModel } from './float-model.ts';

/** Reads a checkpoint folder of the Llama family. @throws AivmError `not_found`, `malformed`, `import_refused` */
export async function openLlama(folder: string, maxTokens: number | undefined): Promise<FloatModel> {
  const { config, weights } = await readCheckpoint(folder);
  const maxT = maxTokens ?? config.context;
  if (maxT > config.context)
    throw new AivmError('out_of_range', `maxTokens is ${maxT}; the model has a context of ${config.context}`);
  const graph = createLlamaGraph(config, weights, maxT);
  return {
    format: 'llama',
    graph,
    leavesSoftmaxOut: false,
    reference: "the checkpoint's layers, run in floats by the importer",
    answer: ({ values }: Sample) => {
      const size = { T: values.length, N: values.length };
      return runFloat(graph, { tokens: values }, size).get(graph.output)?.data ?? new Float64Array(0);
    },
  };
}
