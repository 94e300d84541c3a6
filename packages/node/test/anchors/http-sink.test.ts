import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { bytesToHex } from '@aivm/core/bytes';
import { type Anchor, anchorToShape, parseAnchor, parseJson } from '@aivm/sdk';
import { afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { AnchorDelivery } from '../../src/anchors/anchor-delivery.ts';
import { createHttpSink } from '../../src/anchors/http-sink.ts';
import { type AnchoredChain, openAnchoredChain } from '../support/anchored-chain.ts';

type Answer = number | 'hang' | 'drop' | 'redirect';

const signal = new AbortController().signal;
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A receiver of anchors that answers as it is told, and 200 after that. */
async function startReceiver(answers: Answer[] = [], port = 0) {
  const received: { anchor: Anchor; headers: IncomingMessage['headers'] }[] = [];
  const server = createServer(async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk as Uint8Array);
    const anchor = parseAnchor(parseJson(Buffer.concat(chunks).toString()));
    received.push({ anchor, headers: request.headers });
    const answer = answers.shift() ?? 200;
    if (answer === 'hang') return;
    if (answer === 'drop') request.socket.destroy();
    else if (answer === 'redirect') response.writeHead(307, { location: '/elsewhere' }).end();
    else response.writeHead(answer).end('x'.repeat(100_000));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const { port: at } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${at}/anchors`, received, server, port: at };
}

describe('the HTTP sink', () => {
  let aivm: AnchoredChain;
  beforeAll(async () => {
    aivm = await openAnchoredChain();
    await aivm.anchor(3);
  });
  const anchor = (number: number): Anchor => anchorToShape(aivm.outbox.get(number)!);

  it('posts the anchor with its canonical bytes, its id and a token', async () => {
    const { url, received } = await startReceiver([201]);
    await createHttpSink({ url, token: 'secret' }).deliver(anchor(0), signal);
    expect(received[0]?.anchor).toEqual(anchor(0));
    expect(received[0]?.headers).toMatchObject({
      'content-type': 'application/json',
      'idempotency-key': bytesToHex(anchor(0).id),
      authorization: 'Bearer secret',
    });
  });

  it('counts 2xx and 409 as delivered, and nothing else', async () => {
    const { url } = await startReceiver([204, 409, 400, 500, 'redirect', 'drop']);
    const sink = createHttpSink({ url });
    await sink.deliver(anchor(0), signal);
    await sink.deliver(anchor(0), signal);
    await expect(sink.deliver(anchor(0), signal)).rejects.toThrow('HTTP 400');
    await expect(sink.deliver(anchor(0), signal)).rejects.toThrow('HTTP 500');
    await expect(sink.deliver(anchor(0), signal)).rejects.toThrow('HTTP 307');
    await expect(sink.deliver(anchor(0), signal)).rejects.toThrow('cannot be reached');
  });

  it('gives up on a receiver that does not answer, and at once when the node stops', async () => {
    const { url } = await startReceiver(['hang', 'hang']);
    await expect(createHttpSink({ url, timeoutMs: 60 }).deliver(anchor(0), signal)).rejects.toThrow(
      'within 60 ms',
    );
    const stopping = new AbortController();
    const delivered = createHttpSink({ url }).deliver(anchor(0), stopping.signal);
    setTimeout(() => stopping.abort(new Error('stop')), 30);
    await expect(delivered).rejects.toThrow();
  });

  it('refuses a URL that is none of its kind', () => {
    expect(() => createHttpSink({ url: 'ftp://host' })).toThrow(/expected http or https/);
    expect(() => createHttpSink({ url: 'nonsense' })).toThrow(TypeError);
  });

  it('gets all of it through, in order, over a receiver that fails, hangs, and is away for a while', async () => {
    const world = await openAnchoredChain();
    await world.anchor(4);
    const first = await startReceiver([503, 200, 'drop', 'hang', 409]);
    const sink = createHttpSink({ url: first.url, timeoutMs: 80 });
    const delivery = new AnchorDelivery('http', sink, {
      outbox: world.outbox,
      backoff: { firstMs: 5, mostMs: 20 },
    });
    onTestFinished(() => delivery.stop());
    delivery.start();
    await expect.poll(() => delivery.status().delivered, { timeout: 10_000 }).toBe(4);
    expect(first.received.map((each) => Number(each.anchor.number))).toEqual([0, 0, 1, 1, 1, 2, 3]);

    first.server.closeAllConnections();
    await new Promise((resolve) => first.server.close(resolve));
    await world.anchor(2);
    await expect.poll(() => delivery.status().failuresInARow, { timeout: 10_000 }).toBeGreaterThan(2);
    expect(delivery.status().lastError).toBe('the receiver cannot be reached');
    const second = await startReceiver([], first.port);
    await expect.poll(() => delivery.status().delivered, { timeout: 10_000 }).toBe(6);
    expect(second.received.map((each) => Number(each.anchor.number))).toEqual([4, 5]);
  });
});
