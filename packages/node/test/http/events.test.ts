import type { ChainEvent } from '@aivm/sdk';
import { describe, expect, it } from 'vitest';
import { startFixture } from './fixture.ts';
import { registerBody, resultBody, startScenario, taskBody } from './scenario.ts';

async function take(events: AsyncGenerator<ChainEvent>, count: number): Promise<ChainEvent[]> {
  const taken: ChainEvent[] = [];
  for await (const event of events) {
    taken.push(event);
    if (taken.length === count) break;
  }
  return taken;
}

const nameOf = (event: ChainEvent): string =>
  event.kind === 'task' ? `${event.task_id} ${event.reason} ${event.status}` : event.kind;

const placeOf = ({ height, index }: ChainEvent): string => `${height}.${index}`;

describe('GET /events', () => {
  it('tells the life of a task as it happens', async () => {
    const { client, node } = await startFixture({ genesis: { config: { challengeWindowBlocks: 3 } } });
    const events = client.subscribeEvents();
    const taking = take(events, 10);
    await new Promise((resolve) => setTimeout(resolve, 150));
    await client.call('registerProvider', { body: registerBody('p-1') });
    await client.call('submitTask', { body: taskBody('t-1') });
    await node.mine();
    await client.call('submitResult', { body: resultBody('t-1') });
    await node.mine(3);
    const taken = await taking;
    expect(taken.map(nameOf)).toEqual([
      'provider',
      'block',
      't-1 submitted pending',
      'block',
      't-1 assigned assigned',
      'block',
      't-1 posted processing',
      'block',
      'block',
      'block',
    ]);
    const rest = await take(client.subscribeEvents({ after: taken.at(-1)! }), 3);
    expect(rest.map(nameOf)).toEqual(['receipt', 't-1 final completed', 'block']);
    expect(rest[0]).toMatchObject({ kind: 'receipt', receipt_index: 0, task_id: 't-1' });
  });

  it('gives every event once and in order from any place on', async () => {
    const { client, node } = await startScenario();
    const last = node.lastAccepted().header.height;
    const all: ChainEvent[] = [];
    for await (const event of client.subscribeEvents({ after: { height: 0, index: -1 } })) {
      all.push(event);
      if (event.kind === 'block' && event.height === last) break;
    }
    const places = all.map(placeOf);
    expect(new Set(places).size).toBe(places.length);
    expect(all.filter(({ kind }) => kind === 'block').map(({ height }) => height)).toEqual(
      Array.from({ length: last + 1 }, (_, i) => i),
    );
    for (let from = 0; from < all.length - 1; from++) {
      const { height, index } = all[from]!;
      const next = await take(client.subscribeEvents({ after: { height, index } }), 1);
      expect(placeOf(next[0]!)).toBe(places[from + 1]);
    }
  });

  it('goes on where a connection was cut, without loss', async () => {
    const { client, node, server } = await startFixture({ client: { backoffMs: 5 } });
    let cuts = 0;
    const { createClient } = await import('@aivm/sdk');
    const flaky = createClient({
      url: server.url,
      backoffMs: 5,
      fetch: async (url, init) => {
        const response = await fetch(url, init);
        if (response.body === null) return response;
        let bytes = 0;
        const cut = new TransformStream<Uint8Array, Uint8Array>({
          transform: (part, controller) => {
            bytes += part.length;
            controller.enqueue(part);
            if (bytes > 300) {
              cuts++;
              controller.error(new TypeError('terminated'));
            }
          },
        });
        return new Response(response.body.pipeThrough(cut), { headers: response.headers });
      },
    });
    const taking = take(flaky.subscribeEvents(), 12);
    await new Promise((resolve) => setTimeout(resolve, 100));
    for (let i = 0; i < 12; i++) {
      await node.mine();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const taken = await taking;
    expect(taken.map(({ height }) => height)).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
    expect(cuts).toBeGreaterThan(2);
    expect((await client.getHealth()).height).toBe(12);
  });

  it('is bounded, and a place that is free again can be taken', async () => {
    const { client, server } = await startFixture({ limits: { eventStreamsMax: 2 } });
    const open = (): Promise<Response> => fetch(`${server.url}/events`);
    const streams = [await open(), await open()];
    const refused = await open();
    expect(refused.status).toBe(429);
    expect(await refused.json()).toMatchObject({ code: 'rate_limited' });
    expect(await client.getMetrics()).toContain('aivm_http_event_streams 2');
    await streams[0]?.body?.cancel();
    for (let i = 0; i < 100; i++) {
      const again = await open();
      if (again.status === 200) {
        await again.body?.cancel();
        await streams[1]?.body?.cancel();
        return;
      }
      await again.body?.cancel();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error('the place was never free again');
  });

  it('is a stream that browsers read', async () => {
    const { server, node } = await startFixture();
    await node.mine();
    const response = await fetch(`${server.url}/events`, { headers: { 'last-event-id': '0.4' } });
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const reader = response.body!.getReader();
    let text = '';
    while (!text.includes('"kind":"block"')) text += new TextDecoder().decode((await reader.read()).value);
    await reader.cancel();
    expect(text).toMatch(
      /^retry: 1000\nid: 0\.4\n\nid: 1\.0\ndata: \{"kind":"block","height":1,"index":0,.*\}\n\n$/s,
    );
  });
});
