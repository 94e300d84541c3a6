import { readAccount } from '@aivm/core/state';
import { createClient, createSender, developmentAccounts, stringifyJson } from '@aivm/sdk';
import { describe, expect, it } from 'vitest';
import { type Fixture, startFixture } from './fixture.ts';

const accounts = developmentAccounts();
const to = accounts[0]!;
const wallet = accounts[9]!;
const START = 10n ** 24n;
const POST_PATH = '/rpc/tx';

const transfer = (amount: bigint) => ({ kind: 'transfer', to: to.addressBytes, amount }) as const;
const received = ({ node }: Fixture): bigint => readAccount(node.state(), to.addressBytes).balance - START;
const nonceOf = ({ node }: Fixture): bigint => readAccount(node.state(), wallet.addressBytes).nonce;

const problem = (code: string, status: number, headers: Record<string, string> = {}): Response =>
  new Response(
    stringifyJson({ type: `urn:aivm:error:${code}`, title: code, status, code, detail: 'as the node says' }),
    { status, headers: { 'content-type': 'application/problem+json', ...headers } },
  );

interface Request {
  readonly path: string;
  readonly isPost: boolean;
  readonly init: RequestInit;
  /** Brings the request to the node. */
  readonly forward: () => Promise<Response>;
}

/** A sender whose requests go through `between`. */
function senderThrough({ server }: Fixture, between: (request: Request) => Promise<Response>) {
  const client = createClient({
    url: server.url,
    backoffMs: 1,
    fetch: (url, init = {}) => {
      const { pathname } = new URL(String(url));
      const forward = () => fetch(url, init);
      return between({ path: pathname, isPost: pathname === POST_PATH, init, forward });
    },
  });
  return createSender({ client, wallet });
}

describe('delivery', () => {
  it.each([
    ['one post', 1],
    ['every post', Number.POSITIVE_INFINITY],
  ])('pays once where something between repeats %s', async (_, times) => {
    const fixture = await startFixture();
    let left = times;
    const sender = senderThrough(fixture, async ({ isPost, forward }) => {
      if (isPost && left-- > 0) await (await forward()).text();
      return forward();
    });
    expect((await sender.send(transfer(7n))).code).toBe('');
    expect((await sender.send(transfer(1n))).nonce).toBe(1n);
    expect(received(fixture)).toBe(8n);
    expect(nonceOf(fixture)).toBe(2n);
  });

  it('signs one copy for a node that lies about the nonce, however often it is asked', async () => {
    const fixture = await startFixture();
    const copies = new Set<string>();
    const sender = senderThrough(fixture, async ({ path, isPost, init, forward }) => {
      if (isPost) {
        copies.add(String(init.body));
        return problem('nonce_too_low', 409);
      }
      if (path.startsWith(`${POST_PATH}/`)) return problem('not_found', 404);
      const answer = await forward();
      if (!path.startsWith('/rpc/accounts/')) return answer;
      const account = (await answer.json()) as { nonce: number; next_nonce: number };
      const lie = { nonce: account.nonce + copies.size, next_nonce: account.next_nonce + copies.size };
      return Response.json({ ...account, ...lie });
    });
    for (let i = 0; i < 3; i++) {
      await expect(sender.send(transfer(7n), { timeoutMs: 5_000 })).rejects.toMatchObject({
        code: 'nonce_too_low',
        outcome: 'unknown',
      });
    }
    expect(copies.size).toBe(1);
    // Nothing else is signed for a later nonce while this one is open.
    await expect(sender.send(transfer(8n), { timeoutMs: 5_000 })).rejects.toMatchObject({
      outcome: 'not_sent',
    });
    expect(copies.size).toBe(1);
  });

  it('signs no second copy after a refusal where the node does not show what used the nonce', async () => {
    const fixture = await startFixture();
    const copies = new Set<string>();
    const sender = senderThrough(fixture, async ({ path, isPost, init, forward }) => {
      if (isPost) {
        copies.add(String(init.body));
        return problem('insufficient_balance', 400);
      }
      const answer = await forward();
      if (!path.startsWith('/rpc/accounts/')) return answer;
      const account = (await answer.json()) as { nonce: number; next_nonce: number };
      return Response.json({ ...account, nonce: copies.size, next_nonce: copies.size });
    });
    await expect(sender.send(transfer(7n))).rejects.toMatchObject({ outcome: 'refused' });
    await expect(sender.send(transfer(7n))).rejects.toMatchObject({ outcome: 'not_sent' });
    expect(copies.size).toBe(1);
  });

  it.each([
    ['429 before the node has it', 'rate_limited', 429, false],
    ['429 after the node has it', 'rate_limited', 429, true],
    ['503 before the node has it', 'not_initialized', 503, false],
    ['503 after the node has it', 'not_initialized', 503, true],
  ] as const)('finds out the outcome through %s', async (_, code, status, isForwarded) => {
    const fixture = await startFixture();
    let count = 0;
    const sender = senderThrough(fixture, async ({ forward }) => {
      if (count++ % 3 !== 1) return forward();
      if (isForwarded) await (await forward()).text();
      return problem(code, status, { 'retry-after': '0' });
    });
    const sent = await Promise.all(Array.from({ length: 6 }, () => sender.send(transfer(7n))));
    expect(sent.map((info) => info.code)).toEqual(['', '', '', '', '', '']);
    expect(new Set(sent.map(({ nonce }) => nonce)).size).toBe(6);
    expect(received(fixture)).toBe(42n);
    expect(nonceOf(fixture)).toBe(6n);
  });

  it('comes back when the node asks it to, not before', async () => {
    const fixture = await startFixture();
    const times: number[] = [];
    const sender = senderThrough(fixture, async ({ isPost, forward }) => {
      if (!isPost) return forward();
      times.push(Date.now());
      return times.length === 1 ? problem('rate_limited', 429, { 'retry-after': '1' }) : forward();
    });
    expect((await sender.send(transfer(7n))).code).toBe('');
    expect(times).toHaveLength(2);
    expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(990);
  });

  it('waits behind a full pool instead of giving up', async () => {
    const fixture = await startFixture();
    let refusals = 0;
    const sender = senderThrough(fixture, async ({ isPost, forward }) =>
      isPost && refusals++ < 2 ? problem('pool_full', 503) : forward(),
    );
    expect((await sender.send(transfer(7n))).nonce).toBe(0n);
    expect(received(fixture)).toBe(7n);
  });

  it('says not sent where nothing was signed', async () => {
    const fixture = await startFixture();
    const sender = senderThrough(fixture, () => Promise.reject(new TypeError('fetch failed')));
    await expect(sender.send(transfer(7n))).rejects.toMatchObject({
      code: 'unreachable',
      outcome: 'not_sent',
      transactionId: undefined,
      detail: expect.stringMatching(/^not sent: /) as string,
    });
  });

  it('refuses for good what the node refuses while a copy may be under way', async () => {
    const fixture = await startFixture();
    let lost = 0;
    const sender = senderThrough(fixture, ({ isPost, forward }) =>
      isPost && lost++ === 0 ? Promise.reject(new TypeError('fetch failed')) : forward(),
    );
    const impossible = transfer(10n ** 30n);
    const code = 'insufficient_balance';
    await expect(sender.send(impossible)).rejects.toMatchObject({ code, outcome: 'unknown' });
    await expect(sender.send(impossible)).rejects.toMatchObject({ code, outcome: 'refused' });
    // Its nonce carries nothing now, so that the copy can never take effect.
    expect(nonceOf(fixture)).toBe(1n);
  });

  it.each(['before it is asked again', 'after something else took its place'] as const)(
    'tells of a copy that came late, %s',
    async (moment) => {
      const fixture = await startFixture();
      let late: (() => Promise<Response>) | undefined;
      let refused: unknown;
      const sender = senderThrough(fixture, ({ isPost, init, forward }) => {
        if (!isPost) return forward();
        if (init.body === refused) return Promise.resolve(problem('insufficient_balance', 400));
        if (late !== undefined) return forward();
        late = forward;
        refused = init.body;
        return Promise.reject(new TypeError('fetch failed'));
      });
      await expect(sender.send(transfer(7n))).rejects.toMatchObject({ outcome: 'unknown' });
      if (moment !== 'before it is asked again') {
        expect((await sender.send(transfer(100n))).nonce).toBe(0n);
        expect((await late?.())?.status).toBe(409);
        refused = undefined;
        expect((await sender.send(transfer(7n))).nonce).toBe(1n);
        expect(received(fixture)).toBe(107n);
        return;
      }
      expect((await late?.())?.status).toBe(200);
      expect((await sender.send(transfer(7n))).nonce).toBe(0n);
      expect(received(fixture)).toBe(7n);
    },
  );

  it('does not take the words of a proxy for those of the node', async () => {
    const fixture = await startFixture();
    const sender = senderThrough(fixture, async ({ isPost, forward }) => {
      if (!isPost) return forward();
      await (await forward()).text();
      return new Response('<html>blocked</html>', { status: 403 });
    });
    // The post went through all the same, and the chain says so.
    expect((await sender.send(transfer(7n))).code).toBe('');
    expect(received(fixture)).toBe(7n);
  });
});

describe('an idempotency key', () => {
  it('stands for one payment, whatever is repeated', async () => {
    const fixture = await startFixture();
    const sender = senderThrough(fixture, ({ forward }) => forward());
    const options = { idempotencyKey: 'invoice-17' };
    const all = await Promise.all([1, 2, 3].map(() => sender.send(transfer(7n), options)));
    all.push(await sender.send(transfer(7n), options));
    expect(new Set(all.map(({ nonce }) => nonce))).toEqual(new Set([0n]));
    expect(received(fixture)).toBe(7n);
    await expect(sender.send(transfer(8n), options)).rejects.toMatchObject({
      code: 'duplicate',
      outcome: 'not_sent',
    });
    expect((await sender.send(transfer(7n), { idempotencyKey: 'invoice-18' })).nonce).toBe(1n);
    expect(received(fixture)).toBe(14n);
  });

  it('goes on with a transaction whose outcome was unknown', async () => {
    const fixture = await startFixture();
    let isBroken = true;
    const sender = senderThrough(fixture, async ({ path, forward }) => {
      if (!isBroken || !path.startsWith(POST_PATH)) return forward();
      await (await forward()).text();
      throw new TypeError('fetch failed');
    });
    const options = { idempotencyKey: 'k', timeoutMs: 400 };
    await expect(sender.send(transfer(7n), options)).rejects.toMatchObject({ outcome: 'unknown' });
    isBroken = false;
    expect((await sender.send(transfer(7n), options)).nonce).toBe(0n);
    expect((await sender.send(transfer(7n), options)).nonce).toBe(0n);
    expect(received(fixture)).toBe(7n);
  });

  it('tries a refused transaction again with the same bytes', async () => {
    const fixture = await startFixture();
    const copies = new Set<string>();
    let isRefusing = true;
    const sender = senderThrough(fixture, async ({ isPost, init, forward }) => {
      if (!isPost) return forward();
      copies.add(String(init.body));
      return isRefusing ? problem('insufficient_balance', 400) : forward();
    });
    const options = { idempotencyKey: 'k' };
    for (let i = 0; i < 2; i++) {
      await expect(sender.send(transfer(7n), options)).rejects.toMatchObject({ outcome: 'refused' });
    }
    isRefusing = false;
    expect((await sender.send(transfer(7n), options)).nonce).toBe(0n);
    expect(copies.size).toBe(1);
    expect(received(fixture)).toBe(7n);
  });
});
