import { bytesToHex } from '@aivm/core/bytes';
import { type ClientOptions, createClient, createSender, developmentAccounts } from '@aivm/sdk';
import { describe, expect, it } from 'vitest';
import { type Fixture, startFixture } from './fixture.ts';

const wallet = developmentAccounts()[9]!;
const transfer = { kind: 'transfer', to: developmentAccounts()[0]!.addressBytes, amount: 7n } as const;
const isOtherChain = {
  code: 'wrong_chain',
  detail: expect.stringContaining('this is another chain: ') as string,
};

/** A client whose node can be exchanged behind its address. */
function clientOfChanging(first: Fixture, options: Partial<ClientOptions> = {}) {
  let current = first;
  let cut = new AbortController();
  const client = createClient({
    url: first.server.url,
    backoffMs: 1,
    ...options,
    fetch: (url, init) => {
      const signal = AbortSignal.any([cut.signal, ...(init?.signal ? [init.signal] : [])]);
      return fetch(String(url).replace(first.server.url, current.server.url), { ...init, signal });
    },
  });
  const become = (other: Fixture): void => {
    current = other;
    cut.abort();
    cut = new AbortController();
  };
  return { client, become };
}

describe('a client that knows its chain', () => {
  it('learns the genesis hash from the configuration and from every answer', async () => {
    const fixture = await startFixture();
    const { genesis_hash: hash } = await fixture.client.getConfig();
    const answer = await fetch(`${fixture.server.url}/rpc/no-such-route`);
    expect(answer.headers.get('aivm-genesis')).toBe(bytesToHex(hash!));
  });

  it('refuses a chain that was reset under the same id', async () => {
    const fixture = await startFixture();
    const reset = await startFixture({ genesis: { message: 'again' } });
    const { client, become } = clientOfChanging(fixture);
    const sender = createSender({ client, wallet });
    await sender.send(transfer);
    become(reset);
    await expect(client.getStats()).rejects.toMatchObject(isOtherChain);
    await expect(sender.send(transfer)).rejects.toMatchObject(isOtherChain);
    await expect(client.subscribeEvents().next()).rejects.toMatchObject(isOtherChain);
    become(fixture);
    expect((await sender.send(transfer)).code).toBe('');
  });

  it('ends a stream of events that goes on from another chain', async () => {
    const fixture = await startFixture();
    const reset = await startFixture({ genesis: { message: 'again' } });
    const { client, become } = clientOfChanging(fixture);
    const sender = createSender({ client: fixture.client, wallet });
    const events = client.subscribeEvents({ after: { height: 0, index: 0 } });
    await sender.send(transfer);
    expect((await events.next()).done).toBe(false);
    const ended = (async () => {
      for await (const _ of events);
    })();
    become(reset);
    await expect(ended).rejects.toMatchObject(isOtherChain);
  });

  it.each([
    ['chain id', { chainId: 1n }],
    ['genesis hash', { genesisHash: new Uint8Array(32).fill(1) }],
  ])('signs nothing for a chain with another %s than the configured one', async (_, chain) => {
    const fixture = await startFixture();
    let posts = 0;
    const client = createClient({
      url: fixture.server.url,
      chain,
      fetch: (url, init) => {
        if (init?.method === 'POST') posts++;
        return fetch(url, init);
      },
    });
    await expect(client.getStats()).rejects.toMatchObject(isOtherChain);
    const sending = createSender({ client, wallet }).send(transfer);
    await expect(sending).rejects.toMatchObject({ ...isOtherChain, outcome: 'not_sent' });
    expect(posts).toBe(0);
  });
});
