import { createClient, decodeJson, listRoutes, routes } from '@aivm/sdk';
import { describe, expect, it } from 'vitest';

/** A client whose requests are answered with a refusal, so that only what it asked is looked at. */
function recording() {
  const asked: {
    readonly method: string;
    readonly path: string;
    readonly body: string;
    readonly signal: AbortSignal;
  }[] = [];
  const client = createClient({
    url: 'http://node.test',
    retriesMax: 0,
    timeoutMs: 40,
    fetch: async (input, init = {}) => {
      const { pathname, search } = new URL(String(input));
      const { method = 'GET', body, signal } = init;
      asked.push({
        method,
        path: pathname + search,
        body: String(body ?? ''),
        signal: signal as AbortSignal,
      });
      return new Response('', { status: 404 });
    },
  });
  return { client, asked };
}

describe('the methods of a client', () => {
  it('are there for every route that is no unsigned write', () => {
    const { client } = recording();
    const methods = Object.keys(client);
    // Raw bytes are fetched and verified piece by piece, by `fetchBlob`.
    const expected = listRoutes().filter(
      ({ isUnsignedWrite, answers }) => !isUnsignedWrite && answers !== 'bytes',
    );
    expect(expected.length).toBeGreaterThan(20);
    expect(expected.map(({ name }) => name).filter((name) => !methods.includes(name))).toEqual([]);
  });

  it.each<[string, (client: ReturnType<typeof createClient>) => Promise<unknown>]>([
    ['GET /rpc/stats', (client) => client.getStats()],
    ['GET /rpc/tasks?id=a%2Fb', (client) => client.getTask('a/b')],
    ['GET /rpc/rewards/stats?provider_id=p', (client) => client.getRewardStats('p')],
    [
      'GET /rpc/providers/p%201/work?wait=5ms&after=7',
      (client) => client.getWork('p 1', { wait: 5, after: 7 }),
    ],
    ['GET /rpc/providers/p/work', (client) => client.getWork('p')],
    ['GET /rpc/receipts/3/proof?anchor=latest', (client) => client.getReceiptProof(3, { anchor: 'latest' })],
    ['GET /rpc/epochs?limit=2', (client) => client.listEpochs({ limit: 2 })],
    [`GET /rpc/tx/0x${'07'.repeat(32)}`, (client) => client.getTransaction(new Uint8Array(32).fill(7))],
    [`GET /rpc/accounts/0x${'00'.repeat(20)}`, (client) => client.getAccount(new Uint8Array(20))],
  ])('ask %s', async (expected, call) => {
    const { client, asked } = recording();
    await expect(call(client)).rejects.toThrow();
    expect(asked.map(({ method, path, body }) => `${method} ${path} ${body}`.trim())).toEqual([expected]);
  });

  it('put an argument that the body has into the body', async () => {
    const { client, asked } = recording();
    const { body } = routes.verifyAttestation;
    const { gpu_attestation } = decodeJson(body, { gpu_attestation: { mode: 1 } }, 'body');
    await expect(client.verifyAttestation(gpu_attestation)).rejects.toThrow();
    expect(asked).toMatchObject([{ method: 'POST', path: '/rpc/attestation/verify' }]);
    expect(JSON.parse(asked[0]?.body ?? '')).toMatchObject({ gpu_attestation: { mode: 1 } });
  });

  it('give a node the time that a call asks it to wait, unless the caller says otherwise', async () => {
    const { client, asked } = recording();
    const stopped = new AbortController();
    await Promise.allSettled([
      client.getWork('p', { wait: 20 }),
      client.getWork('p', { wait: 20 }, { timeoutMs: 1, signal: stopped.signal }),
      client.getWork('p'),
    ]);
    await new Promise((resolve) => setTimeout(resolve, 80));
    expect(asked.map(({ signal }) => signal.aborted)).toEqual([false, true, true]);
  });
});
