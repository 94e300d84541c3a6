import { AivmError } from '@aivm/core';
import { BASE_PATH } from '@aivm/sdk';
import type { HttpBindings } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { routePath } from 'hono/route';
import type { Log } from '../log.ts';
import type { NodeApi } from '../node-api.ts';
import type { AttestationVerifier } from './attestation-verifier.ts';
import type { DevelopmentSigner } from './development-signer.ts';
import { createEventFeed } from './event-feed.ts';
import { createEventStream, resumePlace } from './event-stream.ts';
import type { HandlerContext } from './handler.ts';
import { createClientIdentifier, type IdentifyClient } from './limits/client-identity.ts';
import { DEFAULT_HTTP_LIMITS, type HttpLimits } from './limits/http-limits.ts';
import { createRateLimit } from './limits/rate-limit.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { assertLocalWrite } from './origin-guard.ts';
import { errorToTell, problemResponse } from './problem-response.ts';
import { registerRoutes } from './register-routes.ts';

/** What an HTTP layer is made of. */
export interface HttpAppOptions {
  readonly node: NodeApi;
  readonly log: Log;
  /** Only on a node with development accounts: signs the seed's unsigned writes. */
  readonly signer?: DevelopmentSigner;
  readonly attestationVerifier?: AttestationVerifier;
  readonly limits?: Partial<HttpLimits>;
  /** Addresses and subnets of proxies whose `Forwarded` or `X-Forwarded-For` says who asks. Default: none. */
  readonly trustedProxies?: readonly string[];
  /** Default `/rpc`. */
  readonly basePath?: string;
  /** Ends event streams and waits when it is aborted. */
  readonly closing?: AbortSignal;
}

const remoteAddressOf = (c: Context): string | undefined =>
  (c.env as Partial<HttpBindings> | undefined)?.incoming?.socket.remoteAddress;

/** Reads and signed writes are for every page; preflights are answered here. Unsigned writes check their origin. */
const CORS = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, POST',
  'access-control-allow-headers': 'content-type, last-event-id',
  'access-control-max-age': '600',
} as const;

function preflight(): Response {
  return new Response(null, { status: 204, headers: CORS });
}

/** Counts the open streams and opens one more while there are fewer than may be. */
function createEventOpener(
  { node }: HttpAppOptions,
  limits: HttpLimits,
  closing: AbortSignal,
  metrics: Metrics,
) {
  const feed = createEventFeed(node);
  let open = 0;
  const count = (difference: number): void => {
    open += difference;
    metrics.setEventStreams(open);
  };
  return (c: Context): Response => {
    const after = resumePlace(c.req.raw, c.req.query('after'));
    if (open >= limits.eventStreamsMax)
      throw new AivmError('rate_limited', `${open} event streams are open, as many as may be`);
    const stream = createEventStream({ node, feed, after, closing, onEnd: () => count(-1) });
    count(1);
    return new Response(stream, {
      headers: {
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      },
    });
  };
}

/** What stands around every route. */
interface Middleware {
  readonly log: Log;
  readonly limits: HttpLimits;
  readonly metrics: Metrics;
  readonly identify: IdentifyClient;
}

/** Time, counting, CORS and the rate limit around every route. Programs of this machine are not limited. */
function installMiddleware(app: Hono, { log, limits, metrics, identify }: Middleware): void {
  const rateLimit = createRateLimit({ perSecond: limits.requestsPerSecond, burst: limits.requestBurst });
  app.use(async (c, next) => {
    if (c.req.method === 'OPTIONS') return preflight();
    const startedAt = performance.now();
    const client = identify(remoteAddressOf(c), c.req.raw.headers);
    const retryAfter = client.isLocal ? 0 : rateLimit.take(client.key, startedAt);
    if (retryAfter > 0) {
      const error = new AivmError('rate_limited', `at most ${limits.requestsPerSecond} requests a second`);
      c.res = problemResponse(error, { 'retry-after': String(retryAfter) });
    } else await next();
    for (const [name, value] of Object.entries(CORS)) c.res.headers.set(name, value);
    const seconds = (performance.now() - startedAt) / 1_000;
    const { status } = c.res;
    const route = retryAfter > 0 ? '' : routePath(c, -1);
    metrics.observe({ route, method: c.req.method, status, seconds });
    log.debug({ method: c.req.method, path: c.req.path, status, ms: Math.round(seconds * 1_000) }, 'request');
    return undefined;
  });
}

/**
 * The HTTP API of a node: every route of the contract, as a hono app that any host can serve.
 * @example serve({ fetch: createHttpApp({ node, log }).fetch })
 */
export function createHttpApp(options: HttpAppOptions): Hono {
  const { node, log, basePath = BASE_PATH } = options;
  // A development node is asked by test suites, as fast as they can.
  const defaults = options.signer === undefined ? {} : { requestsPerSecond: 0 };
  const limits: HttpLimits = { ...DEFAULT_HTTP_LIMITS, ...defaults, ...options.limits };
  const closing = options.closing ?? new AbortController().signal;
  const metrics = createMetrics(node);
  const app = new Hono();
  const identify = createClientIdentifier(options.trustedProxies);
  installMiddleware(app, { log, limits, metrics, identify });
  const context: HandlerContext = {
    node,
    renderMetrics: () => metrics.render(),
    ...(options.signer === undefined ? {} : { signer: options.signer }),
    ...(options.attestationVerifier === undefined
      ? {}
      : { attestationVerifier: options.attestationVerifier }),
  };
  registerRoutes(app, basePath, context, {
    bodyBytesMax: limits.bodyBytesMax,
    closing,
    assertUnsignedWrite: (c) => assertLocalWrite(c.req.raw, remoteAddressOf(c)),
    openEvents: createEventOpener(options, limits, closing, metrics),
  });
  app.notFound((c) => problemResponse(new AivmError('not_found', `${c.req.path}: no such route`)));
  app.onError((error, c) => {
    const allow = c.res.headers.get('allow');
    const told = errorToTell(error, log, {
      method: c.req.method,
      path: c.req.path,
      signal: c.req.raw.signal,
    });
    return problemResponse(told, allow === null ? {} : { allow });
  });
  return app;
}
