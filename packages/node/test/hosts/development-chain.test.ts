import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readAccount } from '@aivm/core/state';
import {
  createNode,
  embeddedHost,
  MemoryStore,
  type Node,
  type StorePlace,
  verifyDataDirectory,
} from '@aivm/node';
import {
  type Client,
  createClient,
  createDevelopment,
  createSender,
  type Development,
  developmentAccounts,
  listRoutes,
  type Wallet,
} from '@aivm/sdk';
import { afterEach, describe, expect, it } from 'vitest';
import { assembleAs } from '../../src/local/impersonation.ts';
import { developmentGenesis } from '../http/test-node.ts';

const [ALICE, BOB] = developmentAccounts() as unknown as readonly [Wallet, Wallet];
const STRANGER = new Uint8Array(20).fill(7);

const running: Node[] = [];
afterEach(async () => {
  for (const node of running.splice(0)) await node.close();
});

interface Started {
  readonly node: Node;
  readonly client: Client;
  readonly chain: Development;
  balanceOf(address: Uint8Array): bigint;
  transfer(amount: bigint): Promise<number>;
}

async function start(
  place: StorePlace = { store: new MemoryStore() },
  {
    params = { development: true },
    hasDevelopmentAccounts = true,
  }: { params?: object; hasDevelopmentAccounts?: boolean } = {},
): Promise<Started> {
  const node = await createNode({
    ...place,
    genesis: developmentGenesis({ params }),
    host: embeddedHost({ mode: 'instant', blockTimeMs: 20 }),
    http: { port: 0 },
    hasDevelopmentAccounts,
  });
  running.push(node);
  const client = createClient({ url: node.http?.url.replace(/\/rpc$/, '') ?? '' });
  return {
    ...{ node, client, chain: createDevelopment(client) },
    balanceOf: (address) => readAccount(node.api.state(), address).balance,
    transfer: async (amount) => {
      const sender = createSender({ client, wallet: ALICE });
      return (await sender.send({ kind: 'transfer', to: STRANGER, amount })).height ?? 0;
    },
  };
}

describe('a development chain', () => {
  it('goes back to snapshots, with all that was read of it, and on from there', async () => {
    const { node, client, chain, balanceOf, transfer } = await start();
    await transfer(1n);
    const first = await chain.snapshot();
    const before = { height: first.height, root: node.api.lastAccepted().header.stateRoot };
    await transfer(10n);
    const second = await chain.snapshot();
    const lost = await transfer(100n);
    const lostBlock = await client.getBlock(lost);
    const events: unknown[] = [];
    const stop = new AbortController();
    const reading = (async () => {
      for await (const event of client.subscribeEvents({
        after: { height: before.height, index: 0 },
        signal: stop.signal,
      }))
        events.push(event);
    })().catch(() => undefined);
    expect(balanceOf(STRANGER)).toBe(111n);

    expect(await chain.revert(second.snapshot)).toMatchObject({
      height: second.height,
      snapshots: [first.snapshot],
    });
    expect(balanceOf(STRANGER)).toBe(11n);
    await expect(client.getBlock(lostBlock.id)).rejects.toMatchObject({ code: 'not_found' });
    await expect(chain.revert(second.snapshot)).rejects.toMatchObject({
      code: 'not_found',
      detail: expect.stringContaining('there are 1'),
    });
    await transfer(1_000n);
    expect((await client.getBlock(lost)).id).not.toEqual(lostBlock.id);
    expect(balanceOf(STRANGER)).toBe(1_011n);

    await chain.revert(first.snapshot);
    expect(node.api.lastAccepted().header).toMatchObject({ height: before.height, stateRoot: before.root });
    expect([balanceOf(STRANGER), (await chain.state()).snapshots]).toEqual([1n, []]);
    await expect(chain.revert(first.snapshot)).rejects.toMatchObject({
      detail: expect.stringContaining('there is none'),
    });
    const seen = events.length;
    const height = await transfer(5n);
    await expect.poll(() => events.length).toBeGreaterThan(seen);
    expect((await client.getBlock('latest')).height).toBe(height);
    stop.abort();
    await reading;
  });

  it('makes blocks on demand, and none by itself where it is told so', async () => {
    const { client, chain, node } = await start();
    const { height } = await chain.state();
    expect(await chain.mine(5)).toMatchObject({ height: height + 5 });
    expect(await chain.setAutomine(false)).toMatchObject({ automine: false });
    const account = createSender({ client, wallet: ALICE });
    const sent = account.send({ kind: 'transfer', to: STRANGER, amount: 3n });
    await expect.poll(() => node.api.health().details.pool_transactions).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect((await chain.state()).height).toBe(height + 5);
    await chain.mine();
    expect((await sent).height).toBe(height + 6);
    await chain.setAutomine(true);
    expect((await account.send({ kind: 'transfer', to: STRANGER, amount: 3n })).height).toBe(height + 7);
    // Nothing waits for a block: none is made.
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect((await chain.state()).height).toBe(height + 7);
  });

  it('has the time that it is told', async () => {
    const { chain } = await start();
    const soon = Math.floor(Date.now() / 1_000) + 86_400;
    await chain.setTime(soon);
    const { timestamp } = await chain.mine();
    expect(timestamp - soon).toBeLessThan(5);
    const { snapshot } = await chain.snapshot();
    const later = await chain.mine(3, { seconds: 3_600 });
    expect(later.timestamp - timestamp).toBeGreaterThanOrEqual(7_200);
    await chain.increaseTime(86_400);
    expect((await chain.mine()).timestamp - later.timestamp).toBeGreaterThanOrEqual(86_400);
    await expect(chain.setTime(soon - 1)).rejects.toMatchObject({ code: 'out_of_range' });
    await chain.revert(snapshot);
    const back = await chain.mine();
    expect(back.timestamp - timestamp).toBeLessThan(10);
  });

  it('goes on to the end of a task', async () => {
    const { client, chain } = await start();
    const input = new Uint8Array(32);
    const account = createSender({ client, wallet: ALICE });
    await account.send({
      kind: 'submitTask',
      id: 't-1',
      model: 'wdbc-int8',
      input,
      fee: 5_000_000n,
      deadlineBlocks: 40n,
    });
    await chain.forward('t-1');
    expect((await client.getTask('t-1')).status).toBe('failed');
    await expect(chain.forward('t-1')).rejects.toMatchObject({ code: 'wrong_state' });
    await expect(chain.forward('t-2')).rejects.toMatchObject({ code: 'task_not_found' });
  });

  it('carries operations as anybody, which its own database verifies, and only those of its own route', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'aivm-impersonate-'));
    try {
      const { node, client, chain, balanceOf, transfer } = await start({ dataDir: directory });
      await transfer(10n ** 18n);
      const sent = await chain.sendAs(STRANGER, { kind: 'transfer', to: BOB.addressBytes, amount: 7n });
      expect(sent).toMatchObject({ code: '', detail: '' });
      expect((await client.getTransaction(sent.hash)).sender).toEqual(STRANGER);
      expect(balanceOf(STRANGER)).toBeLessThan(10n ** 18n - 6n);
      const poor = chain.sendAs(new Uint8Array(20).fill(9), { kind: 'transfer', to: STRANGER, amount: 1n });
      await expect(poor).rejects.toMatchObject({ code: 'insufficient_balance' });
      const { chainId, genesisHash } = node.api;
      const operation = { kind: 'transfer', to: BOB.addressBytes, amount: 7n } as const;
      const forged = assembleAs(STRANGER, { chainId, genesisHash, nonce: 1n, expiry: 0n, operation });
      await expect(client.submitTransaction(forged)).rejects.toMatchObject({ code: 'bad_signature' });
      await node.close();
      const genesis = developmentGenesis();
      expect(await verifyDataDirectory({ dataDir: directory, genesis })).toMatchObject({ transactions: 2 });
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});

describe('a chain that is no development chain, or a node that signs for nobody', () => {
  const BODIES: Readonly<Record<string, unknown>> = {
    '/dev/snapshot': {},
    '/dev/revert': { snapshot: 1 },
    '/dev/mine': {},
    '/dev/time': { seconds: 1 },
    '/dev/automine': { enabled: false },
    '/dev/forward': { task: 't' },
    '/dev/impersonate': { from: `0x${'07'.repeat(20)}`, operation: { kind: 'heartbeat', id: 'p' } },
  };
  const routes = listRoutes().filter(({ path }) => path.startsWith('/dev'));

  it.each([
    ['a genesis without params.development', { params: {}, hasDevelopmentAccounts: true }],
    ['a node without development accounts', { params: { development: true }, hasDevelopmentAccounts: false }],
    ['neither', { params: {}, hasDevelopmentAccounts: false }],
  ])('has none of it: %s', async (_, options) => {
    const { node, client } = await start(undefined, options);
    expect(
      routes
        .filter(({ method }) => method === 'POST')
        .map(({ path }) => path)
        .sort(),
    ).toEqual(Object.keys(BODIES).sort());
    const before = node.api.lastAccepted().header.height;
    for (const { path, method } of routes) {
      const answer = await fetch(`${node.http?.url}${path}`, {
        method,
        ...(method === 'GET'
          ? {}
          : { body: JSON.stringify(BODIES[path]), headers: { 'content-type': 'application/json' } }),
      });
      expect([path, answer.status, ((await answer.json()) as { code: string }).code]).toEqual([
        path,
        400,
        'not_supported',
      ]);
    }
    expect([node.api.port.development, node.api.lastAccepted().header.height]).toEqual([undefined, before]);
    const { chainId, genesisHash } = node.api;
    const operation = { kind: 'transfer', to: BOB.addressBytes, amount: 7n } as const;
    const forged = assembleAs(ALICE.addressBytes, { chainId, genesisHash, nonce: 0n, expiry: 0n, operation });
    await expect(client.submitTransaction(forged)).rejects.toMatchObject({ code: 'bad_signature' });
  });

  it('nor does a development chain have it for other machines and other pages', async () => {
    const { node } = await start();
    for (const headers of [
      { 'x-forwarded-for': '8.8.8.8' },
      { origin: 'https://evil.example' },
    ] as HeadersInit[]) {
      const answer = await fetch(`${node.http?.url}/dev/mine`, { method: 'POST', body: '{}', headers });
      expect(answer.status).toBe(403);
    }
  });
});
