import { AivmError } from '@aivm/core/errors';
import type { ModelFacts, NetworkFacts, TaskResult } from '@aivm/sdk';
import { type FinishReason, type Usage, usageOf } from '../openai/answers.ts';
import { invalidRequest, OpenaiError } from '../openai/openai-error.ts';
import {
  type ChatRequest,
  contentOf,
  type GenerationRequest,
  stopsOf,
  tokensAsked,
} from '../openai/requests.ts';
import { cutAtStop } from '../openai/stop-text.ts';

/** A request for text as a task. */
export interface TextTask {
  readonly input: unknown;
  readonly maxNew: number | undefined;
  /** What an answer of the chain says, in the words of the OpenAI API. @throws OpenaiError 502 where it says nothing */
  read(result: Pick<TaskResult, 'output' | 'outputBytes'>): TextOutput;
  /** The text of an answer before a stop cuts it: what a provider streams. */
  wholeText(result: Pick<TaskResult, 'output'>): string;
  /** Where the gateway cuts, because the model does not. */
  readonly stops: readonly string[];
}

export interface TextOutput {
  readonly text: string;
  readonly finish: FinishReason;
  readonly usage: Usage;
  /** The choices of a provider's own answer, which may hold more than text. */
  readonly choices?: readonly Record<string, unknown>[] | undefined;
}

/** New tokens of a network where the request does not say. */
const NEW_TOKENS = 64;
const TOKEN_BYTES = 4;

const bytesOf = (text: string): number => new TextEncoder().encode(text).length;

/** Members that change nothing where a network always gives its likeliest token. */
const UNSUPPORTED: readonly (readonly [string, (value: unknown) => boolean])[] = [
  ['n', (value) => value !== null && value !== 1],
  ['tools', (value) => Array.isArray(value) && value.length > 0],
  ['functions', (value) => Array.isArray(value) && value.length > 0],
  ['logprobs', (value) => value !== null && value !== false],
  ['top_logprobs', (value) => value !== null],
  ['response_format', (value) => value !== null && (value as { type?: string }).type !== 'text'],
  ['best_of', (value) => value !== null && value !== 1],
  ['echo', (value) => value !== null && value !== false],
  ['suffix', (value) => value !== null && value !== ''],
];

function refuseUnsupported(request: GenerationRequest, model: string): void {
  for (const [name, isUnsupported] of UNSUPPORTED) {
    const value = (request as Record<string, unknown>)[name];
    if (value === undefined || !isUnsupported(value)) continue;
    throw invalidRequest(
      `${name}: the integer network "${model}" does not support it`,
      name,
      'unsupported_parameter',
    );
  }
}

/** A network continues one text: the messages, one a line. */
const promptOf = (request: GenerationRequest): string => {
  if ('messages' in request) return (request as ChatRequest).messages.map(contentOf).join('\n');
  const { prompt } = request;
  const texts = [prompt].flat();
  if (texts.length !== 1)
    throw invalidRequest(
      `prompt: ${texts.length} texts; this gateway takes one`,
      'prompt',
      'unsupported_parameter',
    );
  return texts[0] as string;
};

function newTokens(
  request: GenerationRequest,
  prompt: number,
  { maxT, maxNew }: NetworkFacts,
  model: string,
): number {
  const param = 'messages' in request ? 'messages' : 'prompt';
  const room = Math.min(maxNew, maxT - prompt + 1);
  const asked = tokensAsked(request);
  if (room >= 1 && (asked === undefined || asked <= room)) return asked ?? Math.min(room, NEW_TOKENS);
  throw invalidRequest(
    `the model "${model}" has a context of ${maxT} tokens (bytes of UTF-8): the prompt has ${prompt}` +
      (asked === undefined ? '' : ` and the answer may have ${asked}`),
    param,
    'context_length_exceeded',
  );
}

function networkTask(request: GenerationRequest, network: NetworkFacts, model: string): TextTask {
  refuseUnsupported(request, model);
  const prompt = promptOf(request);
  const promptTokens = bytesOf(prompt);
  if (promptTokens === 0)
    throw invalidRequest(
      'the prompt is empty',
      'messages' in request ? 'messages' : 'prompt',
      'empty_prompt',
    );
  const maxNew = newTokens(request, promptTokens, network, model);
  return {
    input: prompt,
    maxNew,
    stops: stopsOf(request),
    wholeText: ({ output }) => String(output),
    read: ({ output, outputBytes }) => {
      const added = outputBytes.length / TOKEN_BYTES;
      const last = new DataView(outputBytes.buffer, outputBytes.byteOffset).getUint32(
        outputBytes.length - TOKEN_BYTES,
        true,
      );
      const { text, isStopped } = cutAtStop(String(output), stopsOf(request));
      const isEnd = network.endTokens.includes(last);
      return { text, finish: isStopped || isEnd ? 'stop' : 'length', usage: usageOf(promptTokens, added) };
    },
  };
}

/** What the gateway keeps for itself; the rest of a request is the input of an opaque model. */
const OWN_MEMBERS = ['model', 'stream', 'stream_options', 'aivm', 'user'];

export const opaqueInput = (request: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(request).filter(
      ([name, value]) => !OWN_MEMBERS.includes(name) && value !== null && value !== undefined,
    ),
  );

export const malformedAnswer = (what: string): OpenaiError =>
  new OpenaiError(`the answer of the provider is ${what}`, {
    ...{ status: 502, type: 'server_error', code: 'malformed_answer' },
  });

const textOf = (choice: Record<string, unknown>): string => {
  const { content } = Object(choice.message) as { readonly content?: unknown };
  const text = typeof choice.text === 'string' ? choice.text : content;
  return typeof text === 'string' ? text : '';
};

type Choices = readonly [Record<string, unknown>, ...Record<string, unknown>[]];

function choicesOf(output: unknown): Choices {
  const { choices } = Object(output) as { readonly choices?: unknown };
  const isList = Array.isArray(choices) && choices.length > 0;
  if (!isList || choices.some((choice) => typeof choice !== 'object' || choice === null))
    throw malformedAnswer('no answer of an OpenAI-compatible server: it has no choices');
  return choices as unknown as Choices;
}

const FINISHES: readonly unknown[] = ['stop', 'length', 'content_filter', 'tool_calls', 'function_call'];

/** A count that a provider's server wrote; 0 for anything else. */
export const countOf = (value: unknown): number =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : 0;

/** An opaque model is asked with the body of the request, and answers with the choices and the usage of an OpenAI answer. */
const opaqueTask = (request: GenerationRequest): TextTask => ({
  input: opaqueInput(request),
  maxNew: undefined,
  stops: [],
  wholeText: ({ output }) => textOf(choicesOf(output)[0]),
  read: ({ output }) => {
    const choices = choicesOf(output);
    const { usage } = Object(output) as { readonly usage?: unknown };
    const [first] = choices;
    const counts = Object(usage) as Record<string, unknown>;
    return {
      text: textOf(first),
      finish: (FINISHES.includes(first.finish_reason) ? first.finish_reason : 'stop') as FinishReason,
      usage: usageOf(countOf(counts.prompt_tokens), countOf(counts.completion_tokens)),
      choices,
    };
  },
});

/** The task that a request for text asks for. @throws OpenaiError 400 that names the member */
export function textTask(request: GenerationRequest, { info, network }: ModelFacts): TextTask {
  if (network === undefined) return opaqueTask(request);
  if (network.form !== 'decoder') throw new AivmError('not_supported', `model "${info.id}" writes no text`);
  return networkTask(request, network, info.id);
}
