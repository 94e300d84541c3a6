import { describe, expect, it } from 'vitest';
import type { SiteFile, StaticSite } from '../../src/http/static-site.ts';
import { startFixture } from './fixture.ts';

const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

const PAGE: SiteFile = {
  type: 'text/html',
  body: bytes('<p>here</p>'),
  gzip: undefined,
  etag: '"1"',
  isImmutable: false,
};
const explorer: StaticSite = {
  file: async (name) => {
    if (name === '') return PAGE;
    return name === 'app-1.js'
      ? { ...PAGE, type: 'text/javascript', etag: '"2"', isImmutable: true }
      : undefined;
  },
};

describe('a web app that a node serves', () => {
  it('stands beside the API, and its names are below it', async () => {
    const { server } = await startFixture({ explorer });
    const at = server.url.replace(/rpc$/, 'explorer');
    const moved = await fetch(at, { redirect: 'manual' });
    expect([moved.status, moved.headers.get('location')]).toEqual([308, 'explorer/']);
    const page = await fetch(at);
    expect(await page.text()).toBe('<p>here</p>');
    expect(page.headers.get('cache-control')).toBe('no-cache');
    const script = await fetch(`${at}/app-1.js`);
    expect(script.headers.get('content-type')).toBe('text/javascript');
    expect(script.headers.get('cache-control')).toContain('immutable');
  });

  it('loads nothing but itself, and is framed by nobody', async () => {
    const { server } = await startFixture({ explorer });
    const { headers } = await fetch(server.url.replace(/rpc$/, 'explorer/'));
    const policy = (headers.get('content-security-policy') ?? '').split('; ');
    expect(policy[0]).toBe("default-src 'none'");
    for (const rule of policy) expect(rule).toMatch(/ '(?:none|self|script)'$/);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('is read again only where it changed', async () => {
    const { server } = await startFixture({ explorer });
    const at = server.url.replace(/rpc$/, 'explorer/');
    expect((await fetch(at, { headers: { 'if-none-match': '"1"' } })).status).toBe(304);
    expect((await fetch(at, { headers: { 'if-none-match': '"0"' } })).status).toBe(200);
  });

  it('has no other names, takes no writes, and is not there where a node brings none', async () => {
    const { server } = await startFixture({ explorer });
    const at = server.url.replace(/rpc$/, 'explorer/');
    const missing = await fetch(`${at}..%2f..%2fetc%2fpasswd`);
    expect([missing.status, missing.headers.get('content-type')]).toEqual([404, 'application/problem+json']);
    expect((await fetch(at, { method: 'POST' })).status).toBe(404);
    const plain = await startFixture();
    expect((await fetch(plain.server.url.replace(/rpc$/, 'explorer/'))).status).toBe(404);
  });
});
