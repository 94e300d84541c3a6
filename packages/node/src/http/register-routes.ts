import { AivmError } from '@aivm/core/errors';
import { decodeJson, findUnknownMembers, isGoRoute, listRoutes, type Route } from '@aivm/sdk';
import type { Hono } from 'hono';
import type { Log } from '../log.ts';
import { answerText } from './answer-json.ts';
import type { HandlerCall, HandlerContext } from './handler.ts';
import { type BlobScope, sendBlob, takeBlob } from './handlers/blob-transfer.ts';
import { handlers } from './handlers.ts';
import { type HttpContext, type HttpEnv, whenAnswered } from './http-context.ts';
import type { ClientLedger } from './limits/client-ledger.ts';
import type { HttpLimits } from './limits/http-limits.ts';
import { readJsonBody } from './read-body.ts';
import { createTimeSlice } from './time-slice.ts';

/** What a request needs from the server around it. */
export interface RequestScope {
  readonly limits: HttpLimits;
  readonly ledger: ClientLedger;
  readonly log: Log;
  readonly closing: AbortSignal;
  /** @throws AivmError `forbidden` unless an unsigned write may come from there. */
  readonly assertUnsignedWrite: (c: HttpContext) => void;
  readonly openEvents: (c: HttpContext) => Response;
  /** Undefined where the node keeps no blobs. */
  readonly blobs?: BlobScope | undefined;
}

const isParameter = (segment: string): boolean => segment.startsWith(':');

/** Fixed segments before parameters, so that `/providers/register` is never taken for an id. */
function byPrecedence(left: string, right: string): number {
  const a = left.split('/');
  const b = right.split('/');
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const difference = Number(isParameter(a[i] ?? '')) - Number(isParameter(b[i] ?? ''));
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Of the routes at one path and method, the one that the query selects. */
function selectRoute(group: readonly Route[], query: Readonly<Record<string, string>>): Route {
  const selected = group.find(
    (route) => route.selectedBy?.some((name) => query[name] !== undefined) === true,
  );
  const found = selected ?? group.find((route) => route.selectedBy === undefined) ?? group[0];
  if (found === undefined) throw new RangeError('routes: expected at least one');
  return found;
}

/** Lets others have a turn between the steps of one request. */
type Pause = () => Promise<void>;

type AnyHandler = (call: HandlerCall<never>, context: HandlerContext) => unknown;

interface ReadCall {
  readonly call: HandlerCall<never>;
  /** What a route of the Go service ignores, for the answer to tell. */
  readonly warnings: readonly string[];
}

async function readBody(c: HttpContext, { limits, ledger }: RequestScope, pause: Pause) {
  const client = c.get('client');
  const { json, bytes } = await readJsonBody(c.req.raw, {
    bytesMax: limits.bodyBytesMax,
    bytesPerSecondMin: limits.bodyBytesPerSecondMin,
    hold: (held) => ledger.holdBytes(client, held),
    pause,
  });
  ledger.chargeBody(client, bytes);
  return json;
}

/** Names of query parameters that the route does not take. @throws AivmError `malformed` on a route of our own. */
function unknownParameters(route: Route, query: Readonly<Record<string, string>>): readonly string[] {
  const known = Object.keys(route.query?.shape ?? {});
  const unknown = Object.keys(query).filter((name) => !known.includes(name));
  if (unknown.length === 0 || isGoRoute(route.name))
    return unknown.map((name) => `query.${name.slice(0, 64)}`);
  throw new AivmError(
    'malformed',
    `query.${unknown[0]?.slice(0, 64)}: this route takes ${known.length === 0 ? 'no parameters' : known.join(', ')}`,
  );
}

async function readCall(c: HttpContext, route: Route, scope: RequestScope, pause: Pause): Promise<ReadCall> {
  const { params, query, body } = route;
  const client = c.get('client');
  const ignored = [...unknownParameters(route, c.req.query())];
  const json = body === undefined ? undefined : await readBody(c, scope, pause);
  if (body !== undefined && json !== undefined) {
    await pause();
    ignored.push(...findUnknownMembers(body, json, 'body'));
    await pause();
  }
  const call = {
    params: params === undefined ? undefined : decodeJson(params, c.req.param(), 'path'),
    query: query === undefined ? undefined : decodeJson(query, c.req.query(), 'query'),
    body: body === undefined ? undefined : decodeJson(body, json, 'body'),
    charge: (cost: number) => scope.ledger.charge(client, cost),
    // Made when it is asked for: few handlers wait, and a signal hangs on the server's own.
    get signal() {
      return AbortSignal.any([c.req.raw.signal, scope.closing]);
    },
  };
  return {
    call: call as unknown as HandlerCall<never>,
    warnings: ignored.map((place) => `${place}: unknown, ignored`),
  };
}

/** A node that is not well says so in its status as well. */
const statusOf = (route: Route, answer: unknown): number =>
  route.name === 'getHealth' && (answer as { readonly healthy: boolean }).healthy === false ? 503 : 200;

/** A header field holds printable ASCII and no quotation marks of its own. */
const headerText = (text: string): string => text.replaceAll(/[^ !#-[\]-~]/g, '?');

function jsonResponse(
  c: HttpContext,
  { status, text, warnings }: { status: number; text: string; warnings: readonly string[] },
  { ledger }: RequestScope,
): Response {
  const client = c.get('client');
  ledger.chargeAnswer(client, text.length);
  whenAnswered(c, ledger.holdBytes(client, text.length));
  return new Response(text, {
    status,
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      ...(warnings.length === 0
        ? {}
        : { warning: warnings.map((one) => `299 - "${headerText(one)}"`).join(', ') }),
      ...(status === 503 ? { 'retry-after': '1' } : {}),
    },
  });
}

/** A route of which the body or the answer is bytes. */
async function transferBlob(c: HttpContext, route: Route, scope: RequestScope): Promise<Response> {
  if (scope.blobs === undefined) throw new AivmError('not_found', 'blobs: this node keeps none');
  unknownParameters(route, c.req.query());
  if (route.answers === 'bytes') return sendBlob(c, scope.blobs);
  const stored = await takeBlob(c, scope.blobs);
  return jsonResponse(c, { status: 200, text: answerText(route, stored, scope.log), warnings: [] }, scope);
}

async function answer(
  c: HttpContext,
  route: Route,
  context: HandlerContext,
  scope: RequestScope,
): Promise<Response> {
  if (route.answers === 'events') {
    unknownParameters(route, c.req.query());
    return scope.openEvents(c);
  }
  if (route.answers === 'bytes' || route.takesBytes === true) return transferBlob(c, route, scope);
  // Who signs for nobody says that, whatever the body is; who signs checks first where the request came from.
  if (route.isUnsignedWrite && context.signer !== undefined) scope.assertUnsignedWrite(c);
  const handler = handlers[route.name as keyof typeof handlers] as unknown as AnyHandler;
  const pause = createTimeSlice(context.node.clock);
  const { call, warnings } = await readCall(c, route, scope, pause);
  await pause();
  const value = await handler(call, context);
  await pause();
  if (route.answers === 'text') {
    return new Response(String(value), {
      headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
    });
  }
  const isWrite = route.method === 'POST' && warnings.length > 0 && typeof value === 'object';
  const shown = isWrite ? { ...value, warnings } : value;
  return jsonResponse(
    c,
    { status: statusOf(route, value), text: answerText(route, shown, scope.log), warnings },
    scope,
  );
}

/** A stream has no headers of its own to ask for: a HEAD would open one that nobody reads. */
const takesHead = (group: readonly Route[]): boolean => group.every(({ answers }) => answers !== 'events');

/** Puts every route of the contract into `app` below `basePath`; another method at a known path is a 405. */
export function registerRoutes(
  app: Hono<HttpEnv>,
  basePath: string,
  context: HandlerContext,
  scope: RequestScope,
): void {
  const routes = listRoutes();
  const paths = [...new Set(routes.map((route) => route.path))].sort(byPrecedence);
  for (const path of paths) {
    const here = routes.filter((route) => route.path === path);
    const methods = [...new Set(here.map((route) => route.method))];
    const allow = methods.join(', ');
    const refuse = (c: HttpContext): never => {
      c.header('allow', allow);
      throw new AivmError('method_not_allowed', `${c.req.method} ${c.req.path}: this route takes ${allow}`);
    };
    for (const method of methods) {
      const group = here.filter((route) => route.method === method);
      app.on(method, basePath + path, (c) => {
        if (c.req.raw.method === 'HEAD' && !takesHead(group)) refuse(c);
        return answer(c, selectRoute(group, c.req.query()), context, scope);
      });
    }
    app.all(basePath + path, refuse);
  }
}
