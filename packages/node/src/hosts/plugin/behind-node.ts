import type { HttpHandler } from '../vm/vm-options.ts';

/** The path as the chain knows it: nodes pass on all of `/ext/bc/CHAIN/rpc/stats`. */
const chainPath = (path: string): string => /^(?:\/[^/]+)*?\/bc\/[^/]+(\/.*)$/.exec(path)?.[1] ?? path;

/** A handler for requests as a node passes them on. */
export const behindNode =
  (handler: HttpHandler): HttpHandler =>
  (request, env) => {
    const url = new URL(request.url);
    const path = chainPath(url.pathname);
    if (path === url.pathname) return handler(request, env);
    url.pathname = path;
    return handler(new Request(url, request), env);
  };
