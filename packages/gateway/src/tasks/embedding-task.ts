import type { ModelFacts, TaskResult } from '@aivm/sdk';
import { invalidRequest } from '../openai/openai-error.ts';
import type { EmbeddingRequest } from '../openai/requests.ts';
import { countOf, malformedAnswer, opaqueInput } from './text-task.ts';

/** A request for embeddings as tasks: a network reads one text, an opaque model all of them. */
export interface EmbeddingTask {
  readonly input: unknown;
  /** Tokens of its texts, as the network counts them or the provider's server says. */
  countTokens(result: Pick<TaskResult, 'output'>): number;
  /** One vector for each text of the task. @throws OpenaiError 502 where the answer holds none */
  read(result: Pick<TaskResult, 'output'>): readonly (readonly number[])[];
}

const isNumbers = (value: unknown): value is readonly number[] =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every((one) => typeof one === 'number' && Number.isFinite(one));

/** Of length 1, as OpenAI's embeddings are; zeros stay zeros. */
function normalize(vector: readonly number[]): readonly number[] {
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  return length === 0 ? vector : vector.map((value) => value / length);
}

async function networkTask(text: string, { info, network, tokenize }: ModelFacts): Promise<EmbeddingTask> {
  const input = await tokenize(text);
  const tokens = input.length;
  const what = network?.tokenizer === undefined ? ' (bytes of UTF-8)' : '';
  const most = network?.maxT ?? 0;
  if (text === '') throw invalidRequest('input: a text is empty', 'input', 'empty_prompt');
  if (tokens > most)
    throw invalidRequest(
      `the model "${info.id}" has a context of ${most} tokens${what}: a text has ${tokens}`,
      'input',
      'context_length_exceeded',
    );
  return {
    input,
    countTokens: () => tokens,
    read: ({ output }) => {
      if (!isNumbers(output)) throw malformedAnswer('no list of numbers');
      return [normalize(output)];
    },
  };
}

function readVectors(output: unknown, count: number): readonly (readonly number[])[] {
  const { data } = Object(output) as { readonly data?: unknown };
  if (!Array.isArray(data) || data.length !== count) throw malformedAnswer(`no list of ${count} embeddings`);
  return data.map((entry: unknown) => {
    const { embedding } = Object(entry) as { readonly embedding?: unknown };
    if (!isNumbers(embedding)) throw malformedAnswer('no list of embeddings: an entry has no numbers');
    return embedding;
  });
}

/** The tasks that a request for embeddings asks for, in the order of its texts. @throws OpenaiError 400 */
export async function embeddingTasks(
  request: EmbeddingRequest,
  facts: ModelFacts,
): Promise<readonly EmbeddingTask[]> {
  const texts = [request.input].flat();
  if (request.dimensions !== undefined && facts.network !== undefined)
    throw invalidRequest('dimensions: an integer network has its own', 'dimensions', 'unsupported_parameter');
  if (facts.network !== undefined) return Promise.all(texts.map((text) => networkTask(text, facts)));
  const { encoding_format: _, ...asked } = request;
  return [
    {
      input: opaqueInput(asked),
      countTokens: ({ output }) => {
        const { usage } = Object(output) as { readonly usage?: { readonly prompt_tokens?: unknown } };
        return countOf(usage?.prompt_tokens);
      },
      read: ({ output }) => readVectors(output, texts.length),
    },
  ];
}
