import { AivmError } from '@aivm/core/errors';
import type { Hono } from 'hono';
import type { HttpContext, HttpEnv } from './http-context.ts';

/** One file of a web app, in memory. */
export interface SiteFile {
  readonly type: string;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly gzip: Uint8Array<ArrayBuffer> | undefined;
  /** In quotes. */
  readonly etag: string;
  /** Whether the name changes with the contents. */
  readonly isImmutable: boolean;
}

/** A web app that a node serves: the explorer, or an operator's own. */
export interface StaticSite {
  /** '' is its page. Undefined for a name that is none. */
  file(name: string): Promise<SiteFile | undefined>;
}

/**
 * A page may load scripts and styles of its own, and ask this node; nothing else, and nothing as text. No other page may
 * frame it.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const HEADERS = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  vary: 'accept-encoding',
} as const;

const acceptsGzip = (c: HttpContext): boolean =>
  /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/i.test(c.req.header('accept-encoding') ?? '');

function answerFile(c: HttpContext, file: SiteFile): Response {
  const headers = {
    ...HEADERS,
    etag: file.etag,
    'cache-control': file.isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache',
  };
  if (c.req.header('if-none-match') === file.etag) return new Response(null, { status: 304, headers });
  const zipped = acceptsGzip(c) ? file.gzip : undefined;
  const coding = zipped === undefined ? {} : { 'content-encoding': 'gzip' };
  return new Response(zipped ?? file.body, { headers: { ...headers, 'content-type': file.type, ...coding } });
}

/**
 * Serves a web app at `path`, e.g. "/explorer". Its page stands at `path` with a slash at the end, so that names in it are
 * relative.
 */
export function serveSite(app: Hono<HttpEnv>, path: string, site: StaticSite): void {
  const methods = ['GET'];
  app.on(
    methods,
    path,
    () =>
      new Response(null, { status: 308, headers: { location: `${path.slice(path.lastIndexOf('/') + 1)}/` } }),
  );
  app.on(methods, `${path}/*`, async (c) => {
    const name = c.req.path.slice(path.length + 1);
    const file = await site.file(name);
    if (file === undefined)
      throw new AivmError(
        'not_found',
        `${c.req.path.slice(0, 200)}: no such file of the explorer; its page is ${path}/`,
      );
    return answerFile(c, file);
  });
}
