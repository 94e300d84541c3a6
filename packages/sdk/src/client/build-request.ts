import { stringifyJson } from '../json/stringify-json.ts';
import type { Route } from '../routes/define-route.ts';
import { BASE_PATH } from '../routes/routes.ts';
import { encodeJson } from '../schemas/decode.ts';

/** The values in memory that go with a call. */
export interface CallInput {
  readonly params?: unknown;
  readonly query?: unknown;
  readonly body?: unknown;
}

/**
 * The address below which the routes of a node live.
 * @throws TypeError when `url` is not an http address.
 */
export function baseUrlOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) {
    throw new TypeError(
      `url: expected an address such as "http://127.0.0.1:9650", got "${url.slice(0, 100)}"`,
    );
  }
  const path = parsed.pathname.replace(/\/+$/, '');
  return parsed.origin + (path === '' ? BASE_PATH : path);
}

/** URL and body of a call. @throws Error where a value does not fit the route's schemas. */
export function buildRequest(
  base: string,
  route: Route,
  input: CallInput,
): { readonly url: string; readonly init: RequestInit } {
  let path = route.path;
  if (route.params !== undefined) {
    const params = encodeJson(route.params, input.params as never, `${route.name} params`);
    for (const [name, value] of Object.entries(params)) {
      path = path.replace(`:${name}`, encodeURIComponent(String(value)));
    }
  }
  const search = new URLSearchParams();
  if (route.query !== undefined) {
    const query = encodeJson(route.query, (input.query ?? {}) as never, `${route.name} query`);
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) search.set(name, String(value));
  }
  const query = search.size === 0 ? '' : `?${search}`;
  const headers: Record<string, string> = { accept: 'application/json, application/problem+json' };
  if (route.body === undefined) return { url: base + path + query, init: { method: route.method, headers } };
  headers['content-type'] = 'application/json';
  const body = stringifyJson(encodeJson(route.body, input.body as never, `${route.name} body`));
  return { url: base + path + query, init: { method: route.method, headers, body } };
}
