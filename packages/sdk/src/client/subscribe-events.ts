import { AivmError } from '@aivm/core/errors';
import { parseJson } from '../json/parse-json.ts';
import { routes } from '../routes/routes.ts';
import { decodeJson } from '../schemas/decode.ts';
import type { ChainEvent } from '../schemas/event.ts';
import { type EventPlace, placeToText } from '../shapes/event-shape.ts';
import { askedPauseMs } from './answer-error.ts';
import { backoffMs, sleep } from './client-options.ts';
import type { Clock } from './clock.ts';
import { parseEvents, type StreamMessage } from './parse-events.ts';
import { errorOfAnswer, type Transport } from './transport.ts';

/** Where to begin and when to give up. */
export interface SubscribeOptions {
  /** Only events after this place. Default: from now on. */
  readonly after?: EventPlace;
  readonly signal?: AbortSignal;
  /** Failures in a row after which the subscription throws. Default 10. */
  readonly failuresMax?: number;
}

const FAILURES_MAX = 10;
/** Nodes send at least a comment every 15 s: a stream that is silent for longer than this is dead. */
const SILENCE_MS_MAX = 45_000;

/** The next message, or a failure when the stream is silent for too long. */
async function nextMessage(
  messages: AsyncGenerator<StreamMessage>,
  { abort, clock }: { readonly abort: AbortController; readonly clock: Clock },
): Promise<IteratorResult<StreamMessage>> {
  const cancel = clock.after(SILENCE_MS_MAX, () =>
    abort.abort(new AivmError('timeout', 'events: the stream is silent')),
  );
  try {
    return await messages.next();
  } finally {
    cancel();
  }
}

async function openStream(
  transport: Transport,
  lastId: string,
  signal: AbortSignal,
): Promise<AsyncGenerator<StreamMessage>> {
  const headers: Record<string, string> = { accept: 'text/event-stream' };
  if (lastId !== '') headers['last-event-id'] = lastId;
  // The stream lives long: only the caller's signal and silence end it.
  const url = `${transport.baseUrl}${routes.subscribeEvents.path}`;
  const response = await transport.open(url, { headers }, { signal, timeoutMs: 0x7fff_ffff });
  if (!response.ok) throw await errorOfAnswer(response, url, transport.clock);
  if (response.body === null) throw new AivmError('unreachable', `${url}: an answer without a body`);
  return parseEvents(response.body);
}

/** What ends a subscription at once: trying again would not help. */
const isFinal = (error: unknown): boolean =>
  error instanceof AivmError &&
  !['unreachable', 'timeout', 'rate_limited', 'not_initialized'].includes(error.code);

/**
 * Events of accepted blocks, every one once and in order. A broken stream is resumed where it broke, with growing
 * pauses.
 * @throws AivmError `unreachable` after too many failures in a row, or the signal's reason.
 */
export async function* subscribeEvents(
  transport: Transport,
  options: SubscribeOptions = {},
): AsyncGenerator<ChainEvent> {
  const { clock } = transport;
  const failuresMax = options.failuresMax ?? FAILURES_MAX;
  let lastId = options.after === undefined ? '' : placeToText(options.after);
  for (let failures = 0, askedMs = 0; ; failures++) {
    const abort = new AbortController();
    const signal =
      options.signal === undefined ? abort.signal : AbortSignal.any([options.signal, abort.signal]);
    try {
      const messages = await openStream(transport, lastId, signal);
      for (;;) {
        const { done, value: message } = await nextMessage(messages, { abort, clock });
        if (done === true) break;
        failures = 0;
        if (message.data !== '')
          yield decodeJson(routes.subscribeEvents.response, parseJson(message.data), 'event');
        lastId = message.id;
      }
    } catch (error) {
      if (options.signal?.aborted === true) throw options.signal.reason;
      if (isFinal(error) || failures >= failuresMax) throw error;
      askedMs = askedPauseMs(error) ?? 0;
    } finally {
      abort.abort();
    }
    if (failures >= failuresMax) throw new AivmError('unreachable', 'events: the stream breaks every time');
    const pauseMs = Math.max(askedMs, backoffMs(transport.firstBackoffMs, failures, clock));
    await sleep(pauseMs, options.signal, clock);
    askedMs = 0;
  }
}
