import { AivmError } from '@aivm/core/errors';
import { type ChainEvent, createClient, developmentAccounts } from '@aivm/sdk';
import { describe, expect, it } from 'vitest';

const json = (body: string, status = 200, type = 'application/json'): Response =>
  new Response(body, { status, headers: { 'content-type': type } });

const problem = (code: string, status: number): Response =>
  json(
    JSON.stringify({ type: 'about:blank', title: code, status, code, detail: 'because' }),
    status,
    'application/problem+json',
  );

const health = (): Response =>
  json('{"healthy":true,"version":"v1.0.0","height":1,"last_accepted":"x","details":{}}');

interface Call {
  readonly url: string;
  readonly init: RequestInit;
}

/** A client whose requests are answered by `answers` in order; the last one answers all further ones. */
function clientOf(...answers: ((call: Call) => Response | Promise<Response>)[]) {
  const calls: Call[] = [];
  const client = createClient({
    url: 'http://node.test:9650/',
    backoffMs: 1,
    fetch: async (url, init = {}) => {
      const call = { url: String(url), init };
      calls.push(call);
      const answer = answers[Math.min(calls.length, answers.length) - 1];
      if (answer === undefined) throw new Error('no answer');
      return answer(call);
    },
  });
  return { client, calls };
}

const lastEventId = (call: Call | undefined): string | undefined =>
  (call?.init.headers as Record<string, string> | undefined)?.['last-event-id'];

const refuse = (): never => {
  throw new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED 127.0.0.1:1') });
};

/** The code of the error that `promise` fails with. */
const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'nothing',
    (error: unknown) => (error instanceof AivmError ? error.code : `not typed: ${String(error)}`),
  );

describe('the address of a node', () => {
  it.each([
    ['http://a', 'http://a/rpc'],
    ['http://a:1/', 'http://a:1/rpc'],
    ['https://a/ext/bc/aivm/rpc/', 'https://a/ext/bc/aivm/rpc'],
  ])('%s means %s', (url, base) => expect(createClient({ url }).url).toBe(base));
  it.each(['', 'a:1', 'ftp://a', '/rpc'])('%j is none', (url) =>
    expect(() => createClient({ url })).toThrow(TypeError),
  );
});

describe('requests', () => {
  it('writes parameters, queries and bodies as the contract has them', async () => {
    const { client, calls } = clientOf(() => problem('not_found', 404));
    await codeOf(client.getProvider('a/b c'));
    await codeOf(client.listTasks({ status: 'failed', model: 'm&x', limit: 5 }));
    await codeOf(client.getAccount(developmentAccounts()[0]?.addressBytes ?? new Uint8Array()));
    await codeOf(client.submitTransactions([Uint8Array.of(1, 2)], { wait: 'final', waitMs: 5_000 }));
    expect(calls.map(({ url }) => url)).toEqual([
      'http://node.test:9650/rpc/providers/a%2Fb%20c',
      'http://node.test:9650/rpc/tasks?status=failed&model=m%26x&limit=5',
      'http://node.test:9650/rpc/accounts/0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266',
      'http://node.test:9650/rpc/tx?wait=final&timeout=5000ms',
    ]);
    expect(calls[3]?.init).toMatchObject({ method: 'POST', body: '["0x0102"]' });
  });

  it('keeps uint64 exact both ways', async () => {
    const { client, calls } = clientOf(() => json('{"success":true,"taskId":"t"}'));
    const fee = 18_446_744_073_709_551_615n;
    const body = { id: 't', type: 'inference', model: 'm', input: 1, fee, mode: 0, deadline_blocks: 0n };
    await client.call('submitTask', { body });
    expect(calls[0]?.init.body).toContain('"fee":18446744073709551615,');
  });
});

describe('failures', () => {
  it('gives the code of the node', async () => {
    const { client, calls } = clientOf(() => problem('queue_full', 503));
    await expect(client.getStats()).rejects.toMatchObject({
      code: 'queue_full',
      detail: 'because',
      exitCode: 1,
    });
    expect(calls).toHaveLength(1);
  });

  it('says unreachable, with the reason, after it tried again', async () => {
    const { client, calls } = clientOf(refuse);
    await expect(client.getStats()).rejects.toMatchObject({
      code: 'unreachable',
      exitCode: 5,
      detail: expect.stringContaining('ECONNREFUSED') as string,
    });
    expect(calls).toHaveLength(3);
  });

  it('goes on when the node comes back or asks to slow down', async () => {
    const back = clientOf(refuse, () => json('<html>', 502, 'text/html'), health);
    expect((await back.client.getHealth()).healthy).toBe(true);
    expect(back.calls).toHaveLength(3);
    const slow = clientOf(() => problem('rate_limited', 429), health);
    expect((await slow.client.getHealth()).healthy).toBe(true);
  });

  it('never repeats an unsigned write', async () => {
    const { client, calls } = clientOf(refuse);
    expect(await codeOf(client.call('claimRewards', { body: { provider_id: 'p' } }))).toBe('unreachable');
    expect(calls).toHaveLength(1);
  });

  it('recognises its own transaction when it repeats a post', async () => {
    const wallet = developmentAccounts()[0];
    const tx = wallet?.sign({
      chainId: 1n,
      genesisHash: new Uint8Array(32),
      nonce: 0n,
      expiry: 0n,
      operation: { kind: 'heartbeat', id: 'p' },
    });
    if (tx === undefined) throw new Error('no account');
    const { client, calls } = clientOf(
      refuse,
      () => problem('nonce_too_low', 409),
      ({ url }) => {
        const hash = url.split('/').at(-1);
        return json(
          `{"hash":"${hash}","state":"final","height":7,"index":0,"code":"","sender":"${wallet?.address}","nonce":0,"expiry":0,` +
            `"chain_id":1,"genesis_hash":"0x${'00'.repeat(32)}","operation":{"kind":"heartbeat","id":"p"},"bytes":"0x"}`,
        );
      },
    );
    expect(await client.submitTransaction(tx)).toMatchObject({ state: 'final', height: 7, hash: tx.id });
    expect(calls).toHaveLength(3);
    const other = clientOf(
      () => problem('nonce_too_low', 409),
      () => problem('not_found', 404),
    );
    expect(await codeOf(other.client.submitTransaction(tx))).toBe('nonce_too_low');
  });

  it.each<[string, () => Response, string]>([
    ['an answer of something else', () => json('<html>', 404, 'text/html'), 'malformed'],
    ['a page instead of JSON', () => json('<html>'), 'malformed'],
    ['JSON of another shape', () => json('{"healthy":"yes"}'), 'malformed'],
    ['a code that is not known', () => problem('weather', 400), 'malformed'],
    ['a server behind a proxy that is down', () => json('', 504, 'text/html'), 'unreachable'],
  ])('names %s', async (_, answer, code) => {
    expect(await codeOf(clientOf(answer).client.getHealth())).toBe(code);
  });

  it('shows an unhealthy node as an answer, not as a failure', async () => {
    const body =
      '{"healthy":false,"version":"v1.0.0","height":1,"last_accepted":"x","details":{"disk":"full"}}';
    expect(await clientOf(() => json(body, 503)).client.getHealth()).toMatchObject({ healthy: false });
  });

  const hang = ({ init }: Call): Promise<Response> =>
    new Promise((_, reject) =>
      init.signal?.addEventListener('abort', () => reject(init.signal?.reason as Error)),
    );
  it('ends at the time limit and at the signal', async () => {
    expect(await codeOf(clientOf(hang).client.getStats({ timeoutMs: 20 }))).toBe('timeout');
    const abort = new AbortController();
    const call = clientOf(hang).client.getStats({ signal: abort.signal });
    abort.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
  });
});

describe('event streams', () => {
  const event = (height: number, index: number): string =>
    `id: ${height}.${index}\ndata: {"kind":"provider","height":${height},"index":${index},` +
    `"timestamp":"2026-01-01T00:00:00Z","provider":"p","change":"registered"}\n\n`;

  /** A stream that is sent in pieces of `size` characters and then breaks or ends. */
  const stream = (text: string, { size = 7, breaks = false } = {}): Response => {
    const bytes = new TextEncoder().encode(text);
    let offset = 0;
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        if (offset < bytes.length) controller.enqueue(bytes.slice(offset, offset + size));
        else if (breaks) controller.error(new TypeError('terminated'));
        else controller.close();
        offset += size;
      },
    });
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  };

  async function take(events: AsyncGenerator<ChainEvent>, count: number): Promise<string[]> {
    const places: string[] = [];
    for await (const { height, index } of events) {
      places.push(`${height}.${index}`);
      if (places.length === count) break;
    }
    return places;
  }

  it('resumes after the last event, whatever cut the stream', async () => {
    const { client, calls } = clientOf(
      () => stream(`retry: 1\nid: 4.9\n\n: hello\n\n${event(5, 0)}${event(5, 1)}`, { breaks: true }),
      refuse,
      () => stream(`${event(6, 0).replaceAll('\n', '\r\n')}id: 6.1\ndata: {"kind`),
      () => stream(event(6, 1) + event(7, 0)),
    );
    expect(await take(client.subscribeEvents(), 5)).toEqual(['5.0', '5.1', '6.0', '6.1', '7.0']);
    const ids = calls.map(lastEventId);
    // The half message had an id but no end, so it was not taken.
    expect(ids).toEqual([undefined, '5.1', '5.1', '6.0']);
  });

  it('resumes at the beginning it was told when it was cut before the first event', async () => {
    const { client, calls } = clientOf(
      () => stream('id: 41.3\n\n', { breaks: true }),
      () => stream(event(42, 0)),
    );
    await take(client.subscribeEvents(), 1);
    expect(lastEventId(calls[1])).toBe('41.3');
  });

  it('begins where it is asked to', async () => {
    const { client, calls } = clientOf(() => stream(event(8, 0)));
    await take(client.subscribeEvents({ after: { height: 7, index: 2 } }), 1);
    expect(lastEventId(calls[0])).toBe('7.2');
  });

  it('gives up after failures in a row, at a refusal, and at the signal', async () => {
    const dead = clientOf(refuse);
    expect(await codeOf(take(dead.client.subscribeEvents({ failuresMax: 3 }), 1))).toBe('unreachable');
    expect(dead.calls).toHaveLength(4);
    const empty = clientOf(() => stream(''));
    expect(await codeOf(take(empty.client.subscribeEvents({ failuresMax: 2 }), 1))).toBe('unreachable');
    expect(await codeOf(take(clientOf(() => problem('malformed', 400)).client.subscribeEvents(), 1))).toBe(
      'malformed',
    );
    const abort = new AbortController();
    abort.abort(new Error('enough'));
    await expect(take(dead.client.subscribeEvents({ signal: abort.signal }), 1)).rejects.toThrow('enough');
  });
});
