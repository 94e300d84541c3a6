import * as z from 'zod';
import { invalidRequest } from './openai-error.ts';

const STOPS_MAX = 4;
const STOP_CHARACTERS_MAX = 256;

const textPart = z.object({ type: z.literal('text'), text: z.string() });

const message = z.object({
  role: z.enum(['system', 'developer', 'user', 'assistant', 'tool', 'function']),
  content: z.union([z.string(), z.array(textPart), z.null()]).optional(),
});

/** What an answer of the chain is waited for: `aivm: { until: 'final' }` in a request. */
const own = z.strictObject({
  until: z.enum(['posted', 'usable', 'final']).optional(),
  mode: z.enum(['chain', 'redundant']).optional(),
  n: z.int().min(3).max(15).optional(),
});

const count = (max: number) => z.int().min(1).max(max);
const TOKENS_MAX = 1_000_000;

const generation = {
  model: z.string().min(1),
  max_tokens: count(TOKENS_MAX).nullish(),
  n: z.int().nullish(),
  stop: z
    .union([
      z.string().min(1).max(STOP_CHARACTERS_MAX),
      z.array(z.string().min(1).max(STOP_CHARACTERS_MAX)).max(STOPS_MAX),
    ])
    .nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().optional() }).nullish(),
  user: z.string().optional(),
  aivm: own.optional(),
};

const chatSchema = z.looseObject({
  ...generation,
  messages: z.array(z.looseObject(message.shape)).min(1),
  max_completion_tokens: count(TOKENS_MAX).nullish(),
});

const completionSchema = z.looseObject({
  ...generation,
  prompt: z.union([z.string(), z.array(z.string()).min(1)]),
});

const embeddingSchema = z.looseObject({
  model: z.string().min(1),
  input: z.union([z.string(), z.array(z.string()).min(1).max(64)]),
  encoding_format: z.enum(['float', 'base64']).optional(),
  dimensions: z.int().optional(),
  user: z.string().optional(),
  aivm: own.optional(),
});

export type ChatRequest = z.output<typeof chatSchema>;
export type CompletionRequest = z.output<typeof completionSchema>;
export type EmbeddingRequest = z.output<typeof embeddingSchema>;
/** What all requests for text have. */
export type GenerationRequest = ChatRequest | CompletionRequest;
export type OwnOptions = z.output<typeof own>;

function parseWith<S extends z.ZodType>(schema: S, body: unknown): z.output<S> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = (issue?.path ?? [])
    .map((part, i) => (typeof part === 'number' ? `[${part}]` : i === 0 ? String(part) : `.${String(part)}`))
    .join('');
  const what = issue?.message ?? 'no object';
  throw invalidRequest(
    path === '' ? `the body: ${what}` : `${path}: ${what}`,
    path === '' ? undefined : path,
  );
}

/** @throws OpenaiError 400 that names the member */
export const parseChatRequest = (body: unknown): ChatRequest => parseWith(chatSchema, body);
/** @throws OpenaiError 400 that names the member */
export const parseCompletionRequest = (body: unknown): CompletionRequest => parseWith(completionSchema, body);
/** @throws OpenaiError 400 that names the member */
export const parseEmbeddingRequest = (body: unknown): EmbeddingRequest => parseWith(embeddingSchema, body);

/** The text of a message. */
export const contentOf = ({ content }: ChatRequest['messages'][number]): string =>
  typeof content === 'string' ? content : (content ?? []).map(({ text }) => text).join('');

/** Texts at which an answer is cut. */
export const stopsOf = ({ stop }: GenerationRequest): readonly string[] =>
  stop === null || stop === undefined ? [] : [stop].flat();

/** New tokens that the request allows. */
export const tokensAsked = (request: GenerationRequest): number | undefined =>
  ('max_completion_tokens' in request
    ? (request.max_completion_tokens as number | null | undefined)
    : undefined) ??
  request.max_tokens ??
  undefined;
