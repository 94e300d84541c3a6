import { concatBytes, utf8ToBytes } from '@aivm/core/bytes';
import { ERROR_CODES } from '@aivm/core/errors';
import type { HttpHandler } from '../vm/vm-options.ts';
import type { HandleSimpleHTTPRequest } from './generated/http_pb.ts';

/** An answer as the node sends it on. */
export interface SimpleAnswer {
  readonly code: number;
  readonly headers: readonly { readonly key: string; readonly values: string[] }[];
  readonly body: Uint8Array;
}

/** How long an event stream may wait for its next event: the node sends nothing on before the answer is whole. */
const EVENTS_WAIT_MS = 10_000;
/** Of one connection, or set by whoever sends the body. */
const NOT_PASSED_ON: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'host',
  'keep-alive',
  'te',
  'transfer-encoding',
  'upgrade',
]);
/** The node asks from this machine; whom it asks for, it does not say. */
const ENVIRONMENT = { incoming: { socket: { remoteAddress: '127.0.0.1' } } };
const ORIGIN = 'http://localhost';

const refusal = (detail: string): SimpleAnswer => ({
  code: ERROR_CODES.malformed.status,
  headers: [{ key: 'content-type', values: ['text/plain'] }],
  body: utf8ToBytes(detail),
});

function toRequest({ method, url, requestHeaders, body }: HandleSimpleHTTPRequest): Request {
  const headers = new Headers();
  for (const { key, values } of requestHeaders) {
    if (NOT_PASSED_ON.has(key.toLowerCase())) continue;
    for (const value of values) headers.append(key, value);
  }
  const hasBody = method !== 'GET' && method !== 'HEAD' && body.length > 0;
  const target = url.startsWith('/') ? `${ORIGIN}${url}` : url;
  return new Request(target, { method, headers, ...(hasBody ? { body: new Uint8Array(body) } : {}) });
}

/** What an event stream gives until its first event; its client connects again and goes on behind it. */
async function readEvents(stream: ReadableStream<Uint8Array>, waitMs: number): Promise<Uint8Array> {
  const reader = stream.getReader();
  const parts: Uint8Array[] = [];
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), waitMs);
  });
  try {
    // The first chunk says where the stream begins; the second one has events.
    while (parts.length < 2) {
      const next = await Promise.race([reader.read(), late]);
      if (next === undefined || next.done) break;
      parts.push(next.value);
    }
  } finally {
    clearTimeout(timer);
    void reader.cancel().catch(() => undefined);
  }
  return concatBytes(...parts);
}

async function readBody(response: Response, eventsWaitMs: number): Promise<Uint8Array> {
  if (response.body === null) return new Uint8Array(0);
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
  if (isStream) return readEvents(response.body as ReadableStream<Uint8Array>, eventsWaitMs);
  return new Uint8Array(await response.arrayBuffer());
}

/** Answers a request that came over gRPC. What is no HTTP request is answered 400. */
export async function handleSimple(
  message: HandleSimpleHTTPRequest,
  handler: HttpHandler,
  eventsWaitMs: number = EVENTS_WAIT_MS,
): Promise<SimpleAnswer> {
  let request: Request;
  try {
    request = toRequest(message);
  } catch (error) {
    return refusal(`malformed: ${error instanceof Error ? error.message : 'no request'}`);
  }
  const response = await handler(request, ENVIRONMENT);
  const headers = [...response.headers]
    .filter(([key]) => !NOT_PASSED_ON.has(key))
    .map(([key, value]) => ({ key, values: [value] }));
  return { code: response.status, headers, body: await readBody(response, eventsWaitMs) };
}
