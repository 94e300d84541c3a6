import type { ModelFacts, TaskResult } from '@aivm/sdk';
import {
  type AnswerHead,
  type ChunkParts,
  chatAnswer,
  chatChunk,
  completionAnswer,
  completionChunk,
  usageChunk,
} from '../openai/answers.ts';
import { errorBody, openaiErrorOf } from '../openai/openai-error.ts';
import { type GenerationRequest, parseChatRequest, parseCompletionRequest } from '../openai/requests.ts';
import { createStopCutter } from '../openai/stop-text.ts';
import { requireModel } from '../tasks/catalogue.ts';
import { type StreamEnd, streamAnswer } from '../tasks/stream-answer.ts';
import type { PaidTask } from '../tasks/task-desk.ts';
import { type TextTask, textTask } from '../tasks/text-task.ts';
import { eventStream } from './event-stream.ts';
import { aivmFieldsOf, baseOf, type GatewayCall, type GatewayContext } from './gateway-context.ts';

type Kind = 'chat' | 'completion';

const SHAPES = {
  chat: { parse: parseChatRequest, endpoint: 'chat', answer: chatAnswer, chunk: chatChunk },
  completion: {
    parse: parseCompletionRequest,
    endpoint: 'completions',
    answer: completionAnswer,
    chunk: completionChunk,
  },
} as const;

/** One request for text, paid for. */
interface TextCall {
  readonly kind: Kind;
  readonly request: GenerationRequest;
  readonly facts: ModelFacts;
  readonly task: TextTask;
  readonly paid: PaidTask;
  readonly head: AnswerHead;
  readonly base: string;
  readonly settle: () => Promise<TaskResult>;
}

const headersOf = ({ paid }: TextCall): Record<string, string> => ({ 'aivm-task-id': paid.task.id });

/** Serves `POST /v1/chat/completions` or `/v1/completions`. @param release says that the request is over */
export async function serveText(
  c: GatewayCall,
  context: GatewayContext,
  { kind, body, release }: { readonly kind: Kind; readonly body: unknown; readonly release: () => void },
): Promise<Response> {
  const call = await payFor(c, context, kind, body);
  if (call.request.stream === true) {
    const events = chunksOf(call, context, c.req.raw.signal);
    return eventStream(events, { headers: headersOf(call), onEnd: release });
  }
  const result = await call.settle();
  const output = call.task.read(result);
  const answer = SHAPES[kind].answer(call.head, { ...output, aivm: aivmFieldsOf(call.base, result) });
  // What a provider's own server wrote beside the text, such as calls of tools, is given as it is.
  const choices = output.choices ?? answer.choices;
  return c.json({ ...answer, choices }, 200, headersOf(call));
}

async function payFor(c: GatewayCall, context: GatewayContext, kind: Kind, body: unknown): Promise<TextCall> {
  const { desk, until, nowMs } = context;
  const shape = SHAPES[kind];
  const request = shape.parse(body);
  const key = c.get('key');
  const facts = await requireModel(desk.connectionOf(key), request.model, shape.endpoint);
  const task = textTask(request, facts);
  const paid = await desk.submit(key, {
    model: request.model,
    input: task.input,
    maxNew: task.maxNew,
    own: request.aivm,
    idempotencyKey: c.req.header('idempotency-key'),
  });
  const { signal } = c.req.raw;
  return {
    ...{ kind, request, facts, task, paid },
    base: baseOf(context, c),
    head: { id: paid.task.id, created: Math.floor(nowMs() / 1_000), model: request.model },
    settle: () => desk.result(paid, request.aivm?.until ?? until, signal),
  };
}

/** The chunks of a streamed answer; the last one says what the chain has to do with it. */
async function* chunksOf(
  call: TextCall,
  { openPieces, log }: GatewayContext,
  signal: AbortSignal,
): AsyncGenerator<unknown, void, undefined> {
  const { kind, request, task, paid, head, base, settle } = call;
  const chunk = (parts: ChunkParts) => SHAPES[kind].chunk(head, parts);
  const cutter = createStopCutter(task.stops);
  const onBroken = (error: unknown) =>
    log({ event: 'provider stream broke', taskId: paid.task.id, error: String(error) });
  try {
    yield chunk({ text: '', isFirst: true });
    for await (const part of streamAnswer({ paid, task, openPieces, settle, signal, onBroken })) {
      if ('end' in part) {
        const rest = cutter.end();
        if (rest !== '') yield chunk({ text: rest });
        yield* lastChunks(part.end, { call, base, chunk });
        if (request.stream_options?.include_usage === true)
          yield usageChunk(head, kind, part.end.output.usage);
        continue;
      }
      const text = cutter.push(part.text);
      if (text !== '') yield chunk({ text });
    }
  } catch (error) {
    if (signal.aborted) return;
    const shown = openaiErrorOf(error, paid.task.id);
    if (shown.fields.status >= 500)
      log({ event: 'stream failed', taskId: paid.task.id, error: String(error) });
    yield errorBody(shown);
  }
}

function* lastChunks(
  { result, output, verdict, source }: StreamEnd,
  { call, base, chunk }: { call: TextCall; base: string; chunk: (parts: ChunkParts) => unknown },
): Generator<unknown, void, undefined> {
  const [first] = output.choices ?? [];
  const { tool_calls: tools } = Object(first?.message) as { readonly tool_calls?: unknown };
  const last = chunk({
    finish: output.finish,
    aivm: {
      ...aivmFieldsOf(base, result),
      ...{ stream: verdict, streamed_from: source },
      // Whoever has read something else is given what the chain has.
      ...(verdict === 'differs' ? { posted: call.task.wholeText(result) } : {}),
    },
  }) as { choices: [{ delta?: Record<string, unknown> }] };
  const { delta } = last.choices[0];
  if (call.kind === 'chat' && delta !== undefined && Array.isArray(tools))
    delta.tool_calls = tools.map((tool: object, index) => ({ index, ...tool }));
  yield last;
}
