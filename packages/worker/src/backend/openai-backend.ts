import type { JsonValue } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import { canonicalizeJson, parseJson, stringifyJson } from '@aivm/sdk';
import { BackendError } from './backend-error.ts';
import { inputText } from './command-backend.ts';
import type { ComputeBackend, Job, RunOptions } from './compute-backend.ts';
import { joinChunks, readChunks } from './openai-stream.ts';

/** An OpenAI-compatible server: llama.cpp, vLLM, Ollama, or a service. */
export interface OpenaiBackendOptions {
  /** With its version, e.g. "http://127.0.0.1:8080/v1". */
  readonly baseUrl: string;
  readonly apiKey?: string | undefined;
  /** The server's name of a model by the chain's; the same where it is not here. */
  readonly names?: ReadonlyMap<string, string> | undefined;
  /** How long one answer may take, milliseconds [120,000]. */
  readonly timeoutMs?: number | undefined;
  /** How much the server may write, bytes [1 MiB]. */
  readonly outputBytesMax?: number | undefined;
  /** A monotonic clock; only the reported compute time depends on it. */
  readonly nowMs: () => number;
}

const TIMEOUT_MS = 120_000;
const CHECK_MS = 10_000;
const OUTPUT_BYTES_MAX = 1_048_576;

/** Which route answers a request, by the member that only it has. */
const ROUTES = [
  ['messages', 'chat/completions'],
  ['prompt', 'completions'],
  ['input', 'embeddings'],
] as const;

type Body = Record<string, JsonValue>;

/** @throws BackendError for an input that is no body of an OpenAI request */
function requestOf({ input, model }: Job): {
  readonly route: (typeof ROUTES)[number][1];
  readonly body: Body;
} {
  const value = parseJson(inputText(input));
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  const found = isObject ? ROUTES.find(([member]) => Object.hasOwn(value, member)) : undefined;
  if (found === undefined)
    throw new BackendError('refused', `${model.id}: the input has none of messages, prompt and input`);
  return { route: found[1], body: value as Body };
}

/** Reads a body up to a bound. @throws BackendError `tooMuch` */
async function readBounded(response: Response, bytesMax: number, url: string): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += (chunk as Uint8Array).length;
    if (bytes > bytesMax) throw new BackendError('tooMuch', `${url}: more than ${bytesMax} bytes`);
    text += decoder.decode(chunk as Uint8Array, { stream: true });
  }
  return text;
}

/** What of an answer goes on chain: not its id, its time and its server's own names, which differ each time. */
function answerOf(value: JsonValue, url: string): JsonValue {
  const { choices, data, usage } = Object(value) as Record<string, JsonValue>;
  const content = choices ?? data;
  if (!Array.isArray(content) || content.length === 0)
    throw new BackendError('noJson', `${url}: an answer without choices or data`);
  return {
    ...(choices === undefined ? { data: content } : { choices: content }),
    ...(usage == null ? {} : { usage }),
  };
}

/**
 * Answers tasks of opaque models with an OpenAI-compatible server. The input is the body of a request without `model`
 * and `stream`: one with `messages`, `prompt` or `input`. The output is `{choices, usage}` or `{data, usage}` of the
 * answer, in canonical form.
 * @throws TypeError when `baseUrl` is not an http address
 */
export function createOpenaiBackend(options: OpenaiBackendOptions): ComputeBackend {
  const { baseUrl, apiKey, names, nowMs } = options;
  const { timeoutMs = TIMEOUT_MS, outputBytesMax = OUTPUT_BYTES_MAX } = options;
  if (!URL.canParse(baseUrl) || !/^https?:$/.test(new URL(baseUrl).protocol))
    throw new TypeError(
      `baseUrl: expected an address such as "http://127.0.0.1:8080/v1", got "${baseUrl.slice(0, 100)}"`,
    );
  const base = baseUrl.replace(/\/+$/, '');
  const headers = {
    'content-type': 'application/json',
    ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
  };

  const post = async (url: string, body: Body, signal: AbortSignal): Promise<Response> => {
    const response = await fetch(url, { method: 'POST', headers, body: stringifyJson(body), signal });
    if (response.ok) return response;
    const text = await readBounded(response, 2_000, url).catch(() => '');
    const reason =
      response.status >= 400 && response.status < 500 && response.status !== 429 ? 'refused' : 'serverFailed';
    throw new BackendError(reason, `${url}: ${response.status}: ${text.slice(0, 500)}`);
  };

  const ask = async (job: Job, { onPiece }: RunOptions, signal: AbortSignal): Promise<JsonValue> => {
    const { route, body } = requestOf(job);
    const url = `${base}/${route}`;
    const named: Body = { ...body, model: names?.get(job.model.id) ?? job.model.id };
    const isStreamed = onPiece !== undefined && route !== 'embeddings' && (body.n ?? 1) === 1;
    if (!isStreamed) {
      const text = await readBounded(await post(url, named, signal), outputBytesMax, url);
      return answerOf(parseJson(text), url);
    }
    const streamed: Body = { ...named, stream: true, stream_options: { include_usage: true } };
    const response = await post(url, streamed, signal);
    const chunks = readChunks(response, { bytesMax: outputBytesMax, url });
    return answerOf(await joinChunks(chunks, { route, url, onPiece }), url);
  };

  return {
    name: `openai ${base}`,
    supports: ({ checkClass }) => checkClass === 'opaque',
    check: async () => {
      const url = `${base}/models`;
      const response = await fetch(url, { headers, signal: AbortSignal.timeout(CHECK_MS) }).catch(
        (cause: Error) => {
          const why = cause.cause instanceof Error ? cause.cause.message : cause.message;
          throw new AivmError('unreachable', `${url}: ${why}`, { cause });
        },
      );
      await response.body?.cancel();
      if (response.status === 401 || response.status === 403)
        throw new AivmError('forbidden', `${url}: ${response.status}: the server takes another API key`);
      if (!response.ok) throw new AivmError('unreachable', `${url}: ${response.status}`);
    },
    run: async (job, runOptions) => {
      const startedAtMs = nowMs();
      const timeout = AbortSignal.timeout(timeoutMs);
      const signal = AbortSignal.any([runOptions.signal, timeout]);
      try {
        const output = canonicalizeJson(await ask(job, runOptions, signal), 'output');
        return { output, computeTimeMs: Math.max(0, Math.round(nowMs() - startedAtMs)) };
      } catch (cause) {
        runOptions.signal.throwIfAborted();
        if (timeout.aborted)
          throw new BackendError('serverLate', `${base}: no answer in ${timeoutMs} ms`, { cause });
        if (cause instanceof BackendError) throw cause;
        const reason = cause instanceof AivmError ? 'noJson' : 'serverFailed';
        const { cause: inner, message } = cause as Error;
        throw new BackendError(reason, `${base}: ${inner instanceof Error ? inner.message : message}`, {
          cause,
        });
      }
    },
  };
}
