import { AivmError } from '@aivm/core';
import { decodeJson, encodeJson, listRoutes, type Route, stringifyJson } from '@aivm/sdk';
import type { Context, Hono } from 'hono';
import type { HandlerCall, HandlerContext } from './handler.ts';
import { handlers } from './handlers.ts';
import { readJsonBody } from './read-body.ts';

/** What a request needs from the server around it. */
export interface RequestScope {
  readonly bodyBytesMax: number;
  readonly closing: AbortSignal;
  /** @throws AivmError `forbidden` unless an unsigned write may come from there. */
  readonly assertUnsignedWrite: (c: Context) => void;
  readonly openEvents: (c: Context) => Response;
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

type AnyHandler = (call: HandlerCall<never>, context: HandlerContext) => unknown;

async function readCall(c: Context, route: Route, scope: RequestScope): Promise<HandlerCall<never>> {
  const { params, query, body } = route;
  const call = {
    params: params === undefined ? undefined : decodeJson(params, c.req.param(), 'path'),
    query: query === undefined ? undefined : decodeJson(query, c.req.query(), 'query'),
    body:
      body === undefined
        ? undefined
        : decodeJson(body, await readJsonBody(c.req.raw, scope.bodyBytesMax), 'body'),
    // Made when it is asked for: few handlers wait, and a signal hangs on the server's own.
    get signal() {
      return AbortSignal.any([c.req.raw.signal, scope.closing]);
    },
  };
  return call as unknown as HandlerCall<never>;
}

/** A node that is not well says so in its status as well. */
const statusOf = (route: Route, answer: unknown): number =>
  route.name === 'getHealth' && (answer as { readonly healthy: boolean }).healthy === false ? 503 : 200;

async function answer(
  c: Context,
  route: Route,
  context: HandlerContext,
  scope: RequestScope,
): Promise<Response> {
  if (route.answers === 'events') return scope.openEvents(c);
  // Who signs for nobody says that, whatever the body is; who signs checks first where the request came from.
  if (route.isUnsignedWrite && context.signer !== undefined) scope.assertUnsignedWrite(c);
  const handler = handlers[route.name as keyof typeof handlers] as unknown as AnyHandler;
  const value = await handler(await readCall(c, route, scope), context);
  if (route.answers === 'text') {
    return new Response(String(value), {
      headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
    });
  }
  const json = stringifyJson(encodeJson(route.response, value, `${route.name} answer`));
  return new Response(json, {
    status: statusOf(route, value),
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  });
}

/** Puts every route of the contract into `app` below `basePath`; another method at a known path is a 405. */
export function registerRoutes(
  app: Hono,
  basePath: string,
  context: HandlerContext,
  scope: RequestScope,
): void {
  const routes = listRoutes();
  const paths = [...new Set(routes.map((route) => route.path))].sort(byPrecedence);
  for (const path of paths) {
    const here = routes.filter((route) => route.path === path);
    const methods = [...new Set(here.map((route) => route.method))];
    for (const method of methods) {
      const group = here.filter((route) => route.method === method);
      app.on(method, basePath + path, (c) => answer(c, selectRoute(group, c.req.query()), context, scope));
    }
    const allow = methods.join(', ');
    app.all(basePath + path, (c) => {
      c.header('allow', allow);
      throw new AivmError('method_not_allowed', `${c.req.method} ${c.req.path}: this route takes ${allow}`);
    });
  }
}
