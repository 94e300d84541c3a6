import { bytesToHex } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import { readChain } from '@aivm/core/state';
import { BASE_PATH, CHAIN_ID_HEADER, GENESIS_HEADER } from '@aivm/sdk';
import { Hono } from 'hono';
import { routePath } from 'hono/route';
import type { NodeApi } from '../local/node-api.ts';
import { errorRecord, type Log } from '../log.ts';
import type { BlobStore } from '../store/blob-store.ts';
import type { AttestationVerifier } from './attestation-verifier.ts';
import type { DevelopmentControls } from './development-controls.ts';
import type { DevelopmentSigner } from './development-signer.ts';
import { createEventFeed } from './event-feed.ts';
import { createEventStream, resumePlace } from './event-stream.ts';
import type { HandlerContext } from './handler.ts';
import { type HttpContext, type HttpEnv, remoteAddressOf } from './http-context.ts';
import { createClientIdentifier, type IdentifyClient } from './limits/client-identity.ts';
import { ClientLedger } from './limits/client-ledger.ts';
import { DEFAULT_HTTP_LIMITS, type HttpLimits } from './limits/http-limits.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { assertLocalWrite } from './origin-guard.ts';
import { errorForClient, problemResponse } from './problem-response.ts';
import { registerRoutes } from './register-routes.ts';
import { createRequestIds } from './request-ids.ts';
import { signpost } from './signpost.ts';
import { type StaticSite, serveSite } from './static-site.ts';
import type { TransactionUpstream } from './transaction-upstream.ts';

/** What an HTTP layer is made of. */
export interface HttpAppOptions {
  readonly node: NodeApi;
  readonly log: Log;
  /** Only on a node with development accounts: signs the Go service's unsigned writes. */
  readonly signer?: DevelopmentSigner | undefined;
  readonly attestationVerifier?: AttestationVerifier | undefined;
  /** Where weights of networks are kept; left out: nowhere. */
  readonly blobs?: BlobStore | undefined;
  /** Who takes the transactions that clients post; left out: this node's own pool. */
  readonly upstream?: TransactionUpstream | undefined;
  /** Time and blocks in the user's hands: only of a development chain with a signer. */
  readonly development?: DevelopmentControls | undefined;
  readonly limits?: Partial<HttpLimits> | undefined;
  /** Addresses and subnets of proxies whose `Forwarded` or `X-Forwarded-For` says who asks. Default: none. */
  readonly trustedProxies?: readonly string[] | undefined;
  /** Default `/rpc`. */
  readonly basePath?: string | undefined;
  /** The web app at `/explorer`, beside the base path. Default: none. */
  readonly explorer?: StaticSite | undefined;
  /** Ends event streams and waits when it is aborted. */
  readonly closing?: AbortSignal | undefined;
}

/** The parts that everything below shares. */
interface HttpParts {
  /** The headers that name the chain. */
  readonly chainHeaders: () => Readonly<Record<string, string>>;
  readonly log: Log;
  readonly limits: HttpLimits;
  readonly metrics: Metrics;
  readonly ledger: ClientLedger;
  readonly identify: IdentifyClient;
  readonly closing: AbortSignal;
}

/** Reads and signed writes are for every page; preflights are answered here. Unsigned writes check their origin. */
const CORS = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, POST, PUT',
  'access-control-allow-headers': 'content-type, last-event-id, range',
  'access-control-expose-headers': `content-range, retry-after, warning, x-request-id, ${GENESIS_HEADER}, ${CHAIN_ID_HEADER}`,
  'access-control-max-age': '600',
} as const;

function preflight(): Response {
  return new Response(null, { status: 204, headers: CORS });
}

/** Opens event streams while there are fewer than may be. */
function createEventOpener(node: NodeApi, { ledger, metrics, closing, log }: HttpParts) {
  const feed = createEventFeed(node);
  return (c: HttpContext): Response => {
    const after = resumePlace(c.req.raw, c.req.query('after'));
    const close = ledger.openStream(c.get('client'));
    const request = c.get('requestId');
    const stream = createEventStream({
      node,
      feed,
      after,
      closing,
      onEnd: () => {
        close();
        metrics.setEventStreams(ledger.streamCount);
      },
      onFailure: (error) => log.error({ err: errorRecord(error), request }, 'event stream failed'),
    });
    metrics.setEventStreams(ledger.streamCount);
    return new Response(stream, {
      headers: {
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      },
    });
  };
}

/** Time, counting, CORS and the rate limit around every route. Programs of this machine are not limited. */
function installMiddleware(
  app: Hono<HttpEnv>,
  { log, metrics, ledger, identify, chainHeaders }: HttpParts,
): void {
  const nextRequestId = createRequestIds();
  app.use(async (c, next) => {
    if (c.req.method === 'OPTIONS') return preflight();
    const startedAt = performance.now();
    const client = identify(remoteAddressOf(c), c.req.raw.headers);
    c.set('client', client);
    c.set('requestId', nextRequestId());
    let isRefused = false;
    try {
      ledger.admit(client);
    } catch (error) {
      if (!(error instanceof AivmError)) throw error;
      isRefused = true;
      c.res = problemResponse(error);
    }
    if (!isRefused) await next();
    for (const [name, value] of Object.entries(CORS)) c.res.headers.set(name, value);
    for (const [name, value] of Object.entries(chainHeaders())) c.res.headers.set(name, value);
    c.res.headers.set('x-request-id', c.get('requestId'));
    const seconds = (performance.now() - startedAt) / 1_000;
    const { status } = c.res;
    metrics.observe({ route: isRefused ? '' : routePath(c, -1), method: c.req.method, status, seconds });
    const fields = { request: c.get('requestId'), method: c.req.method, path: c.req.path, status };
    log.debug({ ...fields, ms: Math.round(seconds * 1_000) }, 'request');
    return undefined;
  });
}

/** How every answer names the chain; it never changes. Empty while the node has no state. */
function createChainHeaders(node: NodeApi): () => Readonly<Record<string, string>> {
  let headers: Readonly<Record<string, string>> | undefined;
  return () => {
    try {
      headers ??= {
        [GENESIS_HEADER]: bytesToHex(readChain(node.state()).genesisHash),
        [CHAIN_ID_HEADER]: node.chainId.toString(),
      };
    } catch (error) {
      if (!(error instanceof AivmError)) throw error;
    }
    return headers ?? {};
  };
}

function partsOf(options: HttpAppOptions): HttpParts {
  const { node, log, closing = new AbortController().signal } = options;
  // A development node is asked by test suites, as fast as they can.
  const defaults = options.signer === undefined ? {} : { requestsPerSecond: 0 };
  const limits: HttpLimits = { ...DEFAULT_HTTP_LIMITS, ...defaults, ...options.limits };
  return {
    log,
    limits,
    metrics: createMetrics(node),
    ledger: new ClientLedger(limits),
    identify: createClientIdentifier(options.trustedProxies),
    chainHeaders: createChainHeaders(node),
    closing,
  };
}

/** Where the explorer stands: beside the API, which it asks at `../rpc`. */
const explorerPath = (basePath: string): string => basePath.replace(/[^/]*$/, 'explorer');

/**
 * The HTTP API of a node: every route of the contract, as a hono app that any host can serve.
 * @example serve({ fetch: createHttpApp({ node, log }).fetch })
 */
export function createHttpApp(options: HttpAppOptions): Hono<HttpEnv> {
  const { node, log, basePath = BASE_PATH } = options;
  const parts = partsOf(options);
  const app = new Hono<HttpEnv>();
  installMiddleware(app, parts);
  const context: HandlerContext = {
    node,
    log,
    renderMetrics: () => parts.metrics.render(),
    blobs: options.blobs,
    signer: options.signer,
    attestationVerifier: options.attestationVerifier,
    upstream: options.upstream,
    // Requests for it pass the check of where they come from only where somebody signs.
    development: options.signer === undefined ? undefined : options.development,
  };
  registerRoutes(app, basePath, context, {
    ...parts,
    assertUnsignedWrite: (c) => assertLocalWrite(c.req.raw, remoteAddressOf(c)),
    openEvents: createEventOpener(node, parts),
    blobs:
      options.blobs === undefined ? undefined : { ...parts, blobs: options.blobs, state: () => node.state() },
  });
  if (options.explorer !== undefined) serveSite(app, explorerPath(basePath), options.explorer);
  for (const path of new Set(['/', basePath])) app.get(path, () => signpost(node, basePath));
  app.notFound((c) =>
    problemResponse(new AivmError('not_found', `${c.req.path}: no such route; GET ${basePath} lists them`)),
  );
  app.onError((error, c) => {
    const allow = c.res.headers.get('allow');
    const told = errorForClient(error, log, {
      id: c.get('requestId'),
      method: c.req.method,
      path: c.req.path,
      signal: c.req.raw.signal,
    });
    return problemResponse(told, allow === null ? {} : { allow });
  });
  return app;
}
