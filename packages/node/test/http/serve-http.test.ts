import { connect } from 'node:net';
import { AivmError } from '@aivm/core/errors';
import { createClient } from '@aivm/sdk';
import { describe, expect, it } from 'vitest';
import { createRateLimit } from '../../src/http/limits/rate-limit.ts';
import { serveHttp } from '../../src/http/serve-http.ts';
import { createTestLog, startFixture } from './fixture.ts';

describe('a server', () => {
  it('says when its port is taken', async () => {
    const { node, server } = await startFixture();
    const second = serveHttp({ node, log: createTestLog(), port: server.port });
    await expect(second).rejects.toMatchObject({ code: 'port_in_use', exitCode: 5 });
  });

  it('closes once, ends streams and waits, and is unreachable then', async () => {
    const { client, server } = await startFixture({ limits: { closeTimeoutMs: 60_000 } });
    const abort = new AbortController();
    const stream = client.subscribeEvents({ signal: abort.signal, failuresMax: 0 });
    const first = stream.next().catch((error: unknown) => error);
    await client.call('registerProvider', { body: { id: 'p', wallet_address: '', endpoint: '' } });
    await first;
    const second = stream.next().then(
      () => 'another event',
      (error: unknown) => (error instanceof AivmError ? error.code : 'not typed'),
    );
    const work = client.getWork('p', { wait: 60_000 }).then(
      ({ tasks }) => tasks,
      (error: unknown) => error,
    );
    // The long poll has arrived when the node has counted it.
    await new Promise((resolve) => setTimeout(resolve, 200));
    const startedAt = performance.now();
    await Promise.all([server.close(), server.close()]);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    // What was in the stream may still be read before its end.
    expect(['unreachable', 'another event']).toContain(await second);
    const ended = await work;
    if (ended instanceof Error) expect(ended).toMatchObject({ code: 'not_initialized' });
    else expect(ended).toEqual([]);
    await expect(client.getStats()).rejects.toMatchObject({ code: 'unreachable' });
    abort.abort();
  });

  it('lets a request that is being answered end', async () => {
    const { client, node, server } = await startFixture();
    node.isAutomatic = false;
    const writing = client.call('registerProvider', { body: { id: 'p', wallet_address: '', endpoint: '' } });
    await new Promise((resolve) => setTimeout(resolve, 150));
    const closing = server.close();
    await node.mine();
    expect(await writing).toMatchObject({ success: true });
    await closing;
  });

  it('cuts a client that does not finish its headers', async () => {
    const { server } = await startFixture({ limits: { headersTimeoutMs: 300, requestTimeoutMs: 400 } });
    const socket = connect(server.port, '127.0.0.1');
    socket.write('GET /rpc/stats HTTP/1.1\r\nhost: localhost\r\nx-slow: ');
    const closedAfter = await new Promise<number>((resolve) => {
      const startedAt = performance.now();
      socket.on('data', () => undefined);
      socket.on('close', () => resolve(performance.now() - startedAt));
      socket.on('error', () => undefined);
    });
    // Their time, and as long again until somebody looks; the rest is a slow machine's.
    expect(closedAfter).toBeGreaterThanOrEqual(300);
    expect(closedAfter).toBeLessThan(10_000);
  });

  it('answers HEAD as GET without a body', async () => {
    const { server } = await startFixture();
    const answer = await fetch(`${server.url}/stats`, { method: 'HEAD' });
    expect(answer.status).toBe(200);
    expect(await answer.text()).toBe('');
  });

  it('tells of a bug without its text, and logs it', async () => {
    const { client, node, log, server } = await startFixture();
    node.lastAccepted = () => {
      throw new Error('secret path /var/lib');
    };
    const answer = await fetch(`${server.url}/stats`);
    expect(answer.status).toBe(500);
    const text = await answer.text();
    expect(text).toContain('"code":"internal"');
    expect(text).not.toContain('secret');
    expect(log.errors).toHaveLength(1);
    await expect(client.getStats()).rejects.toMatchObject({ code: 'internal' });
  });
});

describe('the rate limit', () => {
  it('lets a burst pass, then so many a second, for each client', () => {
    const limit = createRateLimit({ perSecond: 10, burst: 3 });
    const passes = (client: string, nowMs: number): boolean => limit.take(client, nowMs) === 0;
    expect([0, 0, 0, 0].map((nowMs) => passes('a', nowMs))).toEqual([true, true, true, false]);
    expect(passes('b', 0)).toBe(true);
    expect(passes('a', 50)).toBe(false);
    expect(passes('a', 101)).toBe(true);
    expect(passes('a', 102)).toBe(false);
    expect([10_000, 10_000, 10_000, 10_000].map((nowMs) => passes('a', nowMs))).toEqual([
      true,
      true,
      true,
      false,
    ]);
    expect(limit.take('a', 10_000)).toBeGreaterThan(0);
    // A clock that goes back gives nothing away.
    expect(passes('a', 0)).toBe(false);
  });

  it('forgets who has not asked for long before it grows without end', () => {
    const limit = createRateLimit({ perSecond: 1, burst: 1 });
    for (let i = 0; i < 30_000; i++) limit.take(`client ${i}`, 0);
    expect(limit.take('client 29999', 0)).toBeGreaterThan(0);
    expect(limit.take('client 0', 0)).toBe(0);
  });

  it('answers 429 with when to come again, and the client waits for it', async () => {
    const { server } = await startFixture({ limits: { requestsPerSecond: 1, requestBurst: 3 } });
    const headers = { 'x-forwarded-for': '192.0.2.1' };
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => fetch(`${server.url}/stats`, { headers })),
    );
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(3);
    expect(refused[0]?.headers.get('retry-after')).toBe('1');
    expect(await refused[0]?.json()).toMatchObject({ code: 'rate_limited' });
    const remote = (input: string | URL | Request, init?: RequestInit) => fetch(input, { ...init, headers });
    const client = createClient({ url: server.url, backoffMs: 50, fetch: remote });
    expect((await client.getStats()).models_available).toBe(4);
  });
});
