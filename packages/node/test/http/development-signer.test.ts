import { request as httpRequest } from 'node:http';
import { readProvider, readTask } from '@aivm/core/state';
import { addressToText, createClient, developmentAccounts } from '@aivm/sdk';
import { describe, expect, it } from 'vitest';
import { createDevelopmentSigner } from '../../src/http/development-signer.ts';
import { serveHttp } from '../../src/http/serve-http.ts';
import { placeOf } from '../support/place-of.ts';
import { createTestLog, startFixture } from './fixture.ts';
import { QUICK_GENESIS, registerBody, resultBody, taskBody } from './scenario.ts';

const accounts = developmentAccounts();
const operatorIndex = (operator: Uint8Array | undefined): number =>
  accounts.findIndex(({ address }) => operator !== undefined && address === addressToText(operator));

describe('who signs', () => {
  it('is account 1 + n mod 9 for the n-th registration, and account 0 for every task', async () => {
    const { client, node } = await startFixture();
    for (let n = 0; n < 11; n++) await client.call('registerProvider', { body: registerBody(`p-${n}`) });
    const operators = Array.from({ length: 11 }, (_, n) =>
      operatorIndex(readProvider(node.state(), `p-${n}`)?.operator),
    );
    expect(operators).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2]);
    await client.call('submitTask', { body: taskBody('t-1') });
    expect(operatorIndex(readTask(node.state(), 't-1')?.requester)).toBe(0);
  });

  it('does not count a registration that was refused, and pays to the wallet that was named', async () => {
    const { client, node } = await startFixture();
    await client.call('registerProvider', { body: registerBody('p-0') });
    await expect(client.call('registerProvider', { body: registerBody('p-0') })).rejects.toMatchObject({
      code: 'id_taken',
    });
    const wallet_address = `0x${'77'.repeat(20)}`;
    await client.call('registerProvider', { body: { ...registerBody('p-1'), wallet_address } });
    const provider = readProvider(node.state(), 'p-1');
    expect(operatorIndex(provider?.operator)).toBe(2);
    expect(provider?.wallet).toEqual(new Uint8Array(20).fill(0x77));
    expect(readProvider(node.state(), 'p-0')?.wallet).toEqual(accounts[1]?.addressBytes);
  });

  it('is found from the chain, so that a restart changes nothing', async () => {
    const { client, node } = await startFixture({ genesis: QUICK_GENESIS });
    for (const id of ['p-a', 'p-1']) await client.call('registerProvider', { body: registerBody(id) });
    // A second server over the same chain, with a signer that has seen nothing.
    const log = createTestLog();
    const again = await serveHttp({ node, log, port: 0, signer: createDevelopmentSigner({ node }) });
    const second = createClient({ url: again.url });
    await second.call('registerProvider', { body: registerBody('p-c') });
    expect(operatorIndex(readProvider(node.state(), 'p-c')?.operator)).toBe(3);
    for (let i = 0; i < 8; i++) await second.call('submitTask', { body: taskBody(`t-${i}`) });
    await node.mine();
    const held = readProvider(node.state(), 'p-1')?.assigned[0];
    expect(held).toBeDefined();
    await second.call('submitResult', { body: resultBody(held ?? '') });
    expect((await second.getTask(held ?? '')).settlement).toBe('posted');
    await again.close();
  });

  it('cannot be a stranger', async () => {
    const { client, node } = await startFixture();
    const [stranger] = [accounts[0]!];
    const operation = {
      kind: 'registerProvider',
      id: 'p-own',
      walletAddress: stranger.addressBytes,
      endpoint: '',
      gpus: [],
      models: [],
      bond: 10n ** 18n,
    } as const;
    await client.submitTransaction(stranger.sign({ ...placeOf(node, 0n), operation }), {
      wait: 'accepted',
    });
    await expect(client.call('claimRewards', { body: { provider_id: 'p-own' } })).rejects.toMatchObject({
      code: 'unsigned',
    });
  });
});

describe('many unsigned writes at once', () => {
  it('each get a nonce of their own and are in a block when they are answered', async () => {
    const { client, node, log } = await startFixture();
    const ids = Array.from({ length: 80 }, (_, i) => `t-${i}`);
    const answers = await Promise.all(
      ids.map((id) => client.call('submitTask', { body: taskBody(id) }, { timeoutMs: 55_000 })),
    );
    expect(answers.map(({ taskId }) => taskId)).toEqual(ids);
    for (const id of ids) expect(readTask(node.state(), id)?.id).toBe(id);
    expect((await client.getAccount(accounts[0]!.addressBytes)).nonce).toBe(80n);
    expect(log.errors).toEqual([]);
  });

  it('are refused one by one where they cannot be', async () => {
    const { client } = await startFixture();
    const same = await Promise.allSettled(
      Array.from({ length: 8 }, () => client.call('submitTask', { body: taskBody('t-same') })),
    );
    expect(same.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const result of same) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'id_taken' });
    }
  });
});

describe('where unsigned writes may come from', () => {
  const body = JSON.stringify({ id: 'p-x' });

  /** fetch does not let a caller set Host and Origin. */
  const post = (port: number, headers: Record<string, string>): Promise<{ status: number; text: string }> =>
    new Promise((resolve, reject) => {
      const request = httpRequest(
        { port, host: '127.0.0.1', path: '/rpc/providers/register', method: 'POST', headers },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (part: string) => {
            text += part;
          });
          response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
        },
      );
      request.on('error', reject).end(body);
    });

  it.each<[string, Record<string, string>]>([
    ['a name that was pointed at this machine', { host: 'evil.example:9650' }],
    ['an address of another machine', { host: '192.168.0.7:9650' }],
    ['a name that only begins well', { host: 'localhost.evil.example' }],
    ['a page elsewhere', { host: 'localhost:9650', origin: 'https://evil.example' }],
    ['a page without origin', { host: 'localhost:9650', origin: 'null' }],
    ['a form elsewhere', { host: 'localhost:9650', 'sec-fetch-site': 'cross-site' }],
  ])('not from %s', async (_, headers) => {
    const { server, node } = await startFixture();
    const answer = await post(server.port, headers);
    expect(answer.status).toBe(403);
    expect(answer.text).toContain('"code":"forbidden"');
    expect(readProvider(node.state(), 'p-x')).toBeUndefined();
  });

  it.each<[string, Record<string, string>]>([
    ['a program', { host: '127.0.0.1:9650' }],
    ['a program by name', { host: 'localhost' }],
    [
      'a page that this machine served',
      { host: 'localhost:9650', origin: 'http://localhost:5173', 'sec-fetch-site': 'same-site' },
    ],
    ['IPv6', { host: '[::1]:9650' }],
  ])('from %s', async (_, headers) => {
    const { server } = await startFixture();
    expect((await post(server.port, headers)).status).toBe(200);
  });

  it('while reads and signed writes may come from any page', async () => {
    const { server } = await startFixture();
    const answer = await fetch(`${server.url}/stats`, { headers: { origin: 'https://dapp.example' } });
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    const preflight = await fetch(`${server.url}/tx`, { method: 'OPTIONS' });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-headers')).toContain('content-type');
  });

  it('not where nobody knows who asks, as under another host of the app', async () => {
    const { node } = await startFixture();
    const { createHttpApp } = await import('../../src/http/create-http-app.ts');
    const app = createHttpApp({ node, log: createTestLog(), signer: createDevelopmentSigner({ node }) });
    const answer = await app.request('http://localhost/rpc/providers/register', {
      method: 'POST',
      body,
      headers: { host: 'localhost', 'content-type': 'application/json' },
    });
    expect(answer.status).toBe(403);
    expect((await app.request('http://localhost/rpc/stats')).status).toBe(200);
  });
});
