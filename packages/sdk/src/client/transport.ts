import { AivmError } from '@aivm/core/errors';
import { parseJson } from '../json/parse-json.ts';
import type { Route } from '../routes/define-route.ts';
import type { ChainConfig } from '../schemas/chain.ts';
import { decodeJson } from '../schemas/decode.ts';
import { errorOfProblem } from '../schemas/problem.ts';
import { AnswerError, askedPauseMs, retryAfterOf } from './answer-error.ts';
import { baseUrlOf, buildRequest, type CallInput } from './build-request.ts';
import { type ChainIdentity, ChainPin } from './chain-pin.ts';
import { backoffMs, type CallOptions, type ClientOptions, sleep } from './client-options.ts';
import { type Clock, platformClock } from './clock.ts';
import { readText } from './read-text.ts';

const TIMEOUT_MS = 30_000;
const RETRIES_MAX = 2;
const BACKOFF_MS = 200;

/** Sends requests of the contract to one node. */
export interface Transport {
  readonly baseUrl: string;
  readonly firstBackoffMs: number;
  readonly clock: Clock;
  /** The answer in memory. @throws AivmError with the node's code, `unreachable`, `timeout`, or the signal's reason. */
  call(route: Route, input: CallInput, options?: CallOptions): Promise<unknown>;
  /** One request, its answer unread. @throws as `call`. */
  open(url: string, init: RequestInit, options?: CallOptions): Promise<Response>;
}

/** What a failed fetch says, with the reason that platforms hide in `cause`. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error && cause.message !== '' ? cause.message : error.message;
}

/** The code of an answer that no AIVM node wrote: what a proxy says for a moment, or for good. */
function codeOfStatus(status: number): 'rate_limited' | 'unreachable' | 'malformed' {
  if (status === 429) return 'rate_limited';
  return status >= 500 || status === 408 || status === 425 ? 'unreachable' : 'malformed';
}

/** The error that an answer tells of. */
export async function errorOfAnswer(
  response: Response,
  url: string,
  clock: Pick<Clock, 'now'>,
): Promise<AnswerError> {
  const text = await readText(response, ERROR_BYTES_MAX, url).catch(() => '');
  const retryAfterMs = retryAfterOf(response.headers, clock.now());
  const isProblem = response.headers.get('content-type')?.includes('problem+json') === true;
  const error = isProblem ? errorOfProblem(safeJson(text)) : undefined;
  if (error !== undefined) return new AnswerError(error, { isFromNode: true, retryAfterMs });
  const code = codeOfStatus(response.status);
  const detail = `${url}: ${response.status} that no AIVM node wrote: ${text.slice(0, 120)}`;
  return new AnswerError({ code, detail }, { isFromNode: false, retryAfterMs });
}

function safeJson(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

const isTransient = (error: unknown): error is AivmError =>
  error instanceof AivmError && (error.code === 'unreachable' || error.code === 'rate_limited');

/** Longest error that is read. */
const ERROR_BYTES_MAX = 65_536;
/** Longest answer of a route: what a block or a page of inputs and outputs can come to; others are short. */
const LONG_ANSWER_BYTES_MAX = 64 * 1_048_576;
const ANSWER_BYTES_MAX = 16 * 1_048_576;
const LONG_ROUTES: ReadonlySet<string> = new Set(['getBlock', 'listTasks', 'getWork', 'getSnapshotChunk']);

const answerBytesMax = ({ name }: Route): number =>
  LONG_ROUTES.has(name) ? LONG_ANSWER_BYTES_MAX : ANSWER_BYTES_MAX;

const isJson = (response: Response): boolean =>
  /^application\/json\b/.test(response.headers.get('content-type') ?? '');

const identityOf = ({ chain_id: chainId, genesis_hash: genesisHash }: ChainConfig): ChainIdentity => ({
  chainId,
  genesisHash,
});

/** A transport over `fetch`. */
export function createTransport(options: ClientOptions): Transport {
  const baseUrl = baseUrlOf(options.url);
  const pin = new ChainPin(options.chain);
  const doFetch = options.fetch ?? globalThis.fetch.bind(globalThis);
  const clock = options.clock ?? platformClock;
  const retriesMax = options.retriesMax ?? RETRIES_MAX;
  const firstBackoffMs = options.backoffMs ?? BACKOFF_MS;

  const open: Transport['open'] = async (url, init, call = {}) => {
    const timeout = clock.timeout(call.timeoutMs ?? options.timeoutMs ?? TIMEOUT_MS);
    const signal = call.signal === undefined ? timeout : AbortSignal.any([call.signal, timeout]);
    try {
      const response = await doFetch(url, { ...init, signal });
      pin.compareHeaders(response.headers, url);
      return response;
    } catch (cause) {
      throw failureOf(cause, url, call.signal, timeout);
    }
  };

  const once = async (route: Route, input: CallInput, call: CallOptions): Promise<unknown> => {
    const { url, init } = buildRequest(baseUrl, route, input);
    const timeout = clock.timeout(call.timeoutMs ?? options.timeoutMs ?? TIMEOUT_MS);
    const signal = call.signal === undefined ? timeout : AbortSignal.any([call.signal, timeout]);
    try {
      const response = await doFetch(url, { ...init, signal });
      pin.compareHeaders(response.headers, url);
      // A node that is not well answers its health with 503 and the usual shape.
      if (!response.ok && !isJson(response)) throw await errorOfAnswer(response, url, clock);
      const text = await readText(response, answerBytesMax(route), url);
      const answer = decodeJson(
        route.response,
        route.answers === 'text' ? text : parseJson(text),
        `${route.name} answer`,
      );
      if (route.name === 'getConfig') pin.compare(identityOf(answer as ChainConfig), url);
      return answer;
    } catch (cause) {
      throw failureOf(cause, url, call.signal, timeout);
    }
  };

  const call: Transport['call'] = async (route, input, callOptions = {}) => {
    const triesMax = callOptions.retriesMax ?? retriesMax;
    const endsAt = clock.now() + (callOptions.timeoutMs ?? options.timeoutMs ?? TIMEOUT_MS);
    for (let attempt = 0; ; attempt++) {
      try {
        return await once(route, input, callOptions);
      } catch (error) {
        if (!route.isRepeatable || triesMax === 0 || !isTransient(error)) throw error;
        const isLimited = error.code === 'rate_limited';
        const firstMs = isLimited ? Math.max(1_000, firstBackoffMs) : firstBackoffMs;
        const pause = backoffMs(firstMs, attempt, clock);
        const pauseMs = Math.max(askedPauseMs(error) ?? 0, pause);
        // A limit passes by itself and may take the whole time of the call; a node that is away may not come back.
        const isOver = isLimited ? clock.now() + pauseMs > endsAt : attempt >= triesMax;
        if (isOver) throw error;
        await sleep(Math.min(pauseMs, Math.max(0, endsAt - clock.now())), callOptions.signal, clock);
      }
    }
  };
  return { baseUrl, firstBackoffMs, clock, call, open };
}

function failureOf(cause: unknown, url: string, own: AbortSignal | undefined, timeout: AbortSignal): unknown {
  if (cause instanceof AivmError) return cause;
  if (own?.aborted === true) return own.reason;
  if (timeout.aborted) return new AivmError('timeout', `${url}: no answer in time`, { cause });
  return new AivmError('unreachable', `${url}: ${reasonOf(cause)}`, { cause });
}
