/** What the chain says about an answer, in every answer of the gateway. */
export interface AivmFields {
  readonly task_id: string;
  readonly mode: string;
  /** `posted`: it can still be challenged; `final`: it cannot. */
  readonly settlement: string;
  readonly usable: boolean;
  readonly verifiable: boolean;
  readonly provider: string | null;
  /** Where the receipt is to be had once the answer is final. */
  readonly receipt: string;
  readonly receipt_index: number | null;
  readonly why: string;
}

/**
 * In the last chunk of a stream: whether what was streamed is what was posted. `settled`: it is, and the answer is final;
 * `pending`: it is, and the answer can still be challenged; `differs`: it is not.
 */
export type StreamVerdict = 'settled' | 'pending' | 'differs';

export interface Usage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
}

export type FinishReason = 'stop' | 'length' | 'content_filter';

/** What all answers about one task share. */
export interface AnswerHead {
  readonly id: string;
  /** Seconds since 1970. */
  readonly created: number;
  readonly model: string;
}

export const usageOf = (prompt: number, completion: number): Usage => ({
  prompt_tokens: prompt,
  completion_tokens: completion,
  total_tokens: prompt + completion,
});

interface TextAnswer {
  readonly text: string;
  readonly finish: FinishReason;
  readonly usage: Usage;
  readonly aivm: AivmFields;
}

/** `POST /v1/chat/completions` */
export const chatAnswer = (head: AnswerHead, { text, finish, usage, aivm }: TextAnswer) => ({
  id: `chatcmpl-${head.id}`,
  object: 'chat.completion',
  created: head.created,
  model: head.model,
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: text, refusal: null },
      logprobs: null,
      finish_reason: finish,
    },
  ],
  usage,
  aivm,
});

/** `POST /v1/completions` */
export const completionAnswer = (head: AnswerHead, { text, finish, usage, aivm }: TextAnswer) => ({
  id: `cmpl-${head.id}`,
  object: 'text_completion',
  created: head.created,
  model: head.model,
  choices: [{ index: 0, text, logprobs: null, finish_reason: finish }],
  usage,
  aivm,
});

/** A part of a streamed answer. */
export interface ChunkParts {
  readonly text?: string | undefined;
  readonly isFirst?: boolean | undefined;
  readonly finish?: FinishReason | undefined;
  readonly aivm?:
    | (Partial<AivmFields> & {
        readonly stream?: StreamVerdict;
        readonly streamed_from?: string;
        readonly posted?: string;
      })
    | undefined;
}

export const chatChunk = (head: AnswerHead, { text, isFirst, finish, aivm }: ChunkParts) => ({
  id: `chatcmpl-${head.id}`,
  object: 'chat.completion.chunk',
  created: head.created,
  model: head.model,
  choices: [
    {
      index: 0,
      delta: {
        ...(isFirst === true ? { role: 'assistant' } : {}),
        ...(text === undefined ? {} : { content: text }),
      },
      logprobs: null,
      finish_reason: finish ?? null,
    },
  ],
  ...(aivm === undefined ? {} : { aivm }),
});

export const completionChunk = (head: AnswerHead, { text = '', finish, aivm }: ChunkParts) => ({
  id: `cmpl-${head.id}`,
  object: 'text_completion',
  created: head.created,
  model: head.model,
  choices: [{ index: 0, text, logprobs: null, finish_reason: finish ?? null }],
  ...(aivm === undefined ? {} : { aivm }),
});

/** The chunk that counts tokens, where a client asks for it: it has no choices. */
export const usageChunk = (head: AnswerHead, kind: 'chat' | 'completion', usage: Usage) => ({
  id: `${kind === 'chat' ? 'chatcmpl' : 'cmpl'}-${head.id}`,
  object: kind === 'chat' ? 'chat.completion.chunk' : 'text_completion',
  created: head.created,
  model: head.model,
  choices: [],
  usage,
});

/** Numbers of an embedding as OpenAI's clients ask for them: a list, or base64 of 32-bit floats, little-endian. */
function embeddingValue(numbers: readonly number[], format: 'float' | 'base64'): readonly number[] | string {
  if (format === 'float') return numbers;
  const view = new DataView(new ArrayBuffer(numbers.length * 4));
  for (const [i, value] of numbers.entries()) view.setFloat32(i * 4, value, true);
  return Buffer.from(view.buffer).toString('base64');
}

/** `POST /v1/embeddings`; one task for each text. */
export const embeddingAnswer = (
  model: string,
  {
    vectors,
    format,
    tokens,
    aivm,
  }: {
    readonly vectors: readonly (readonly number[])[];
    readonly format: 'float' | 'base64';
    readonly tokens: number;
    readonly aivm: readonly AivmFields[];
  },
) => ({
  object: 'list',
  data: vectors.map((vector, index) => ({
    object: 'embedding',
    index,
    embedding: embeddingValue(vector, format),
  })),
  model,
  usage: { prompt_tokens: tokens, total_tokens: tokens },
  aivm: aivm.length === 1 ? aivm[0] : aivm,
});
