import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { developmentAccounts } from '@aivm/sdk';
import { afterEach, describe, expect, it } from 'vitest';
import { createClientIdentifier } from '../../../src/http/limits/client-identity.ts';
import { guardConnections } from '../../../src/http/limits/connection-guard.ts';
import { DEFAULT_HTTP_LIMITS } from '../../../src/http/limits/http-limits.ts';
import { placeOf } from '../../support/place-of.ts';
import { type Fixture, startFixture } from '../fixture.ts';

const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

function open({ server }: Fixture, request: string): Socket {
  const socket = connect(server.port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(request);
  sockets.push(socket);
  return socket;
}

/** What the server writes until it ends the connection or `until` is found. */
const read = (socket: Socket, until?: string): Promise<string> =>
  new Promise((resolve) => {
    let text = '';
    socket.on('data', (data) => {
      text += data.toString();
      if (until !== undefined && text.includes(until)) resolve(text);
    });
    socket.on('close', () => resolve(text));
  });

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function until(isReached: () => Promise<boolean> | boolean): Promise<void> {
  for (let i = 0; i < 200 && !(await isReached()); i++) await sleep(50);
  expect(await isReached()).toBe(true);
}

async function streamsOpen({ server }: Fixture): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  return Number(/^aivm_http_event_streams (\d+)/m.exec(text)?.[1]);
}

const FORWARDED = 'forwarded: for=192.0.2.9\r\n';

describe('an event stream', () => {
  it('is not opened by HEAD, and takes no slot then', async () => {
    const fixture = await startFixture({ limits: { eventStreamsMax: 3 } });
    for (let i = 0; i < 6; i++) {
      const answer = await fetch(`${fixture.server.url}/events`, { method: 'HEAD' });
      expect(answer.status).toBe(405);
      expect(answer.headers.get('allow')).toBe('GET');
    }
    expect(await streamsOpen(fixture)).toBe(0);
    expect((await fetch(`${fixture.server.url}/stats`, { method: 'HEAD' })).status).toBe(200);
  });

  it('gives its slot back however its client goes', async () => {
    const fixture = await startFixture({ limits: { eventStreamsMax: 3 } });
    for (let round = 0; round < 3; round++) {
      const opened = Array.from({ length: 3 }, () =>
        open(fixture, 'GET /rpc/events HTTP/1.1\r\nhost: x\r\n\r\n'),
      );
      await until(async () => (await streamsOpen(fixture)) === 3);
      const full = await fetch(`${fixture.server.url}/events`);
      expect([full.status, full.headers.get('retry-after')]).toEqual([429, '10']);
      for (const socket of opened) socket.destroy();
      await until(async () => (await streamsOpen(fixture)) === 0);
    }
  });

  it('is one of few for a client', async () => {
    const fixture = await startFixture({
      limits: { eventStreamsPerClientMax: 2 },
      trustedProxies: ['127.0.0.1'],
    });
    const ask = (): Socket => open(fixture, `GET /rpc/events HTTP/1.1\r\nhost: x\r\n${FORWARDED}\r\n`);
    ask();
    ask();
    await until(async () => (await streamsOpen(fixture)) === 2);
    expect(await read(ask(), 'event streams of this client')).toContain('429 Too Many Requests');
    const other = await fetch(`${fixture.server.url}/events`, { headers: { forwarded: 'for=192.0.2.10' } });
    expect(other.status).toBe(200);
    await other.body?.cancel();
  });
});

describe('bodies that never end', () => {
  const unfinished = (bytes: number, headers = ''): string =>
    `POST /rpc/tx HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000000\r\n${headers}\r\n"0x${'a'.repeat(bytes)}`;

  it('are cut when they come too slowly', async () => {
    const fixture = await startFixture({ limits: { requestTimeoutMs: 60_000 } });
    const answer = await read(open(fixture, unfinished(1_000)), 'bytes a second');
    expect(answer).toContain('504');
    expect(answer).toContain('less than 16384 bytes a second');
  });

  it('hold no more than a client may', async () => {
    const fixture = await startFixture({
      limits: { bytesInFlightPerClientMax: 1_000_000 },
      trustedProxies: ['127.0.0.1'],
    });
    const answers = Array.from({ length: 5 }, () =>
      read(open(fixture, unfinished(400_000, FORWARDED)), '\r\n\r\n'),
    );
    const first = await Promise.race(answers);
    expect(first).toContain('429 Too Many Requests');
    expect(first).toMatch(/retry-after: 1/i);
  });
});

describe('a connection', () => {
  it('is cut when its client takes nothing of what is sent to it', async () => {
    const server = createServer((_, response) => response.end(Buffer.alloc(64 * 1024 * 1024)));
    guardConnections(server, { ...DEFAULT_HTTP_LIMITS, writeTimeoutMs: 400 }, createClientIdentifier());
    const isCut = new Promise((resolve) => {
      server.on('connection', (socket) => socket.once('close', resolve));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    sockets.push(socket);
    socket.on('error', () => undefined);
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.pause();
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    await isCut;
    await new Promise((resolve) => server.close(resolve));
  });

  it('stays while an event stream has nothing to say', async () => {
    const fixture = await startFixture({ limits: { writeTimeoutMs: 200 } });
    const socket = open(fixture, 'GET /rpc/events HTTP/1.1\r\nhost: x\r\n\r\n');
    await sleep(1_500);
    expect(socket.closed).toBe(false);
    const [from, to] = developmentAccounts();
    const operation = { kind: 'transfer', to: to!.addressBytes, amount: 1n } as const;
    const arrived = read(socket, '"kind":"block"');
    await fixture.client.submitTransaction(from!.sign({ ...placeOf(fixture.node, 0n), operation }));
    expect(await arrived).toContain('"kind":"block"');
  });
});
