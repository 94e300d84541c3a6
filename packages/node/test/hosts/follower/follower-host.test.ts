import { createBlock, type StatelessBlock } from '@aivm/core/block';
import { base64ToBytes, bytesToBase64, createClient } from '@aivm/sdk';
import { describe, expect, it, onTestFinished } from 'vitest';
import { followerHost } from '../../../src/hosts/follower/follower-host.ts';
import { createNode, type Node } from '../../../src/node.ts';
import type { KeyValueStore } from '../../../src/store/key-value-store.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { type LyingSource, startLyingSource, type Tamper } from '../../support/lying-source.ts';
import {
  people,
  TEST_TIMESTAMP,
  type TestAccount,
  testGenesis,
  transfer,
} from '../../support/test-genesis.ts';
import { KeptStore } from '../host-compliance.ts';
import { finalizeBlock } from '../hosts-under-test.ts';

const [alice, bob] = people(2) as [TestAccount, TestAccount];
const genesis = testGenesis([alice, bob]);
const pay = (nonce: number, amount = 1n): Uint8Array =>
  alice.sign(transfer(bob.address, amount), BigInt(nonce)).bytes;
const HOUR_MS = 3_600_000;

/** A node whose blocks the test makes. */
async function startSource(blocks = 0, store: KeyValueStore = new MemoryStore()): Promise<Node> {
  const source = await createNode({ genesis, store, host: 'none', http: { port: 0 }, blobBytesMax: 0 });
  onTestFinished(() => source.close());
  await extend(source, blocks);
  return source;
}

/** One payment a block. */
async function extend(source: Node, blocks: number, amount = 1n): Promise<void> {
  for (let i = 0; i < blocks; i++) {
    const { height } = source.api.lastAccepted().header;
    await finalizeBlock(source.api.port, [pay(height, amount)], TEST_TIMESTAMP + 10 * (height + 1));
  }
}

const urlOf = (node: Node): string => node.http?.url ?? '';

async function startFollower(
  sources: readonly string[],
  store: KeyValueStore = new MemoryStore(),
): Promise<Node> {
  const host = followerHost({ sources, waitMs: 2_000, compareMs: 20 });
  const follower = await createNode({ genesis, store, host, http: { port: 0 }, blobBytesMax: 0 });
  onTestFinished(() => follower.close());
  return follower;
}

const detailsOf = (node: Node) => node.api.health().details;
const heightOf = (node: Node): number => node.api.lastAccepted().header.height;
const until = (isDone: () => boolean): Promise<void> =>
  expect
    .poll(isDone, { timeout: 20_000, interval: 10 })
    .toBe(true)
    .then(() => undefined);

interface Answer {
  blocks: string[];
  head: { height: number; id: string };
  parent?: string;
}

/** Changes the bytes of the block at one height, whichever answer it comes in. */
const tamperAt =
  (height: number, change: (bytes: Uint8Array) => Uint8Array): Tamper =>
  ({ path, body }) => {
    const from = /\/blocks\/(\d+)\/bytes/.exec(path)?.[1];
    if (from === undefined) return undefined;
    const answer = JSON.parse(body) as Answer;
    const index = height - Number(from);
    const block = answer.blocks[index];
    if (block === undefined) return undefined;
    answer.blocks[index] = bytesToBase64(change(base64ToBytes(block, 'block')));
    return JSON.stringify(answer);
  };

async function followLies(tamper: Tamper): Promise<{ source: Node; follower: Node; proxy: LyingSource }> {
  const source = await startSource(5);
  const proxy = await startLyingSource(urlOf(source));
  proxy.tamper = tamper;
  const follower = await startFollower([proxy.url]);
  await until(() => detailsOf(follower).stopped !== undefined);
  return { source, follower, proxy };
}

describe('a follower', () => {
  it('executes the history of its source, then each block as it comes, and says how far behind it is', async () => {
    const source = await startSource(40);
    const follower = await startFollower([urlOf(source)]);
    await until(() => heightOf(follower) === 40);
    await extend(source, 3);
    await until(() => heightOf(follower) === 43);
    expect(follower.api.lastAccepted()).toEqual(source.api.lastAccepted());
    expect(follower.api.health()).toMatchObject({
      healthy: true,
      details: { host: 'follower', source_height: 43, blocks_behind: 0, blocks_followed: 43 },
    });
  });

  it('goes on where it was after a restart', async () => {
    const source = await startSource(5);
    const store = new KeptStore();
    const first = await startFollower([urlOf(source)], store);
    await until(() => heightOf(first) === 5);
    await first.close();
    await extend(source, 5);
    const again = await startFollower([urlOf(source)], store);
    await until(() => heightOf(again) === 10);
    expect(detailsOf(again).blocks_followed).toBe(5);
  });

  it('outlives the absence of its source, and says that it has no news', async () => {
    const source = await startSource(3);
    const proxy = await startLyingSource(urlOf(source));
    proxy.target = undefined;
    const follower = await startFollower([proxy.url]);
    await until(() => Number(detailsOf(follower).source_failures_in_a_row) >= 2);
    expect(follower.api.health().healthy).toBe(false);
    proxy.target = urlOf(source);
    await until(() => heightOf(follower) === 3);
    await until(() => follower.api.health().healthy);
    proxy.target = undefined;
    await extend(source, 2);
    await until(() => !follower.api.health().healthy);
    proxy.target = urlOf(source);
    await until(() => heightOf(follower) === 5);
  });

  it('refuses addresses that are none, before anything is asked', async () => {
    const open = (sources: readonly string[]) =>
      createNode({ genesis, store: new MemoryStore(), host: followerHost({ sources }) });
    await expect(open(['ftp://x'])).rejects.toMatchObject({
      code: 'malformed',
      detail: expect.stringContaining('ftp'),
    });
    await expect(open([])).rejects.toMatchObject({ code: 'malformed' });
  });
});

describe('a follower whose source lies', () => {
  const positions = [0, 9, 40, 60, 100, 200, 268, 300, 330, -1];
  it.each(positions)('stops at a block with byte %i changed', async (position) => {
    const { source, follower } = await followLies(
      tamperAt(3, (bytes) => {
        const changed = bytes.slice();
        const at = position < 0 ? bytes.length + position : position;
        changed[at] = (changed[at] ?? 0) ^ 1;
        return changed;
      }),
    );
    expect(heightOf(follower)).toBe(2);
    expect(follower.api.health().healthy).toBe(false);
    expect(detailsOf(follower).stopped).toMatch(/^block 3 from http:\/\/127\.0\.0\.1:\d+\/rpc is refused: /);
    // What it has stays readable, and is right.
    const { hash } = await createClient({ url: urlOf(follower) }).getBlock(2);
    expect(hash).toEqual(source.api.blocks.getBlockId(2));
  });

  it.each(['stateRoot', 'outcomesRoot', 'receiptsRoot', 'aivmStateRoot'] as const)(
    'stops at a well-formed block with a wrong %s and names it',
    async (member) => {
      const other = await startSource();
      const forge = (bytes: Uint8Array): Uint8Array => {
        const block: StatelessBlock = other.api.port.parseBlock(bytes);
        return createBlock({ ...block.header, [member]: new Uint8Array(32).fill(9) }, block.transactions)
          .bytes;
      };
      const { follower } = await followLies(tamperAt(3, forge));
      expect(heightOf(follower)).toBe(2);
      expect(detailsOf(follower).stopped).toContain(`${member}: execution gives another value`);
    },
  );

  it('stops when the source rewrote its history, and shows both headers', async () => {
    const source = await startSource(4);
    const proxy = await startLyingSource(urlOf(source));
    const follower = await startFollower([proxy.url]);
    await until(() => heightOf(follower) === 4);
    const rewritten = await startSource(2);
    await extend(rewritten, 3, 7n);
    proxy.target = urlOf(rewritten);
    await until(() => detailsOf(follower).stopped !== undefined);
    const stopped = String(detailsOf(follower).stopped);
    const ids = [rewritten, source].map((node) =>
      Buffer.from(node.api.blocks.getBlockId(4) ?? []).toString('hex'),
    );
    expect(stopped).toMatch(/^a fork at height 4: /);
    for (const id of ids) expect(stopped).toContain(`0x${id} (parent 0x`);
    expect(heightOf(follower)).toBe(4);
  });

  it('stops when a shorter history takes the place of the source, and only waits for one that is a part of its own', async () => {
    const source = await startSource(6);
    const proxy = await startLyingSource(urlOf(source));
    const follower = await startFollower([proxy.url]);
    await until(() => heightOf(follower) === 6);
    const restored = await startSource(3);
    proxy.target = urlOf(restored);
    await until(() => Number(detailsOf(follower).source_failures_in_a_row) >= 2);
    expect(detailsOf(follower).stopped).toBeUndefined();
    const other = await startSource(2);
    await extend(other, 1, 7n);
    proxy.target = urlOf(other);
    await until(() => detailsOf(follower).stopped !== undefined);
    expect(detailsOf(follower).stopped).toContain('a fork at height 3');
  });

  it('stops at a source of another chain', async () => {
    const elsewhere = await createNode({
      genesis: testGenesis([alice, bob], { message: 'another' }),
      store: new MemoryStore(),
      host: 'none',
      http: { port: 0 },
      blobBytesMax: 0,
    });
    testGenesis([alice, bob]);
    onTestFinished(() => elsewhere.close());
    const follower = await startFollower([urlOf(elsewhere)]);
    await until(() => detailsOf(follower).stopped !== undefined);
    expect(detailsOf(follower).stopped).toContain('another chain: its genesis hash');
  });

  it('stops when two sources disagree, with both headers', async () => {
    const [left, right] = [await startSource(3), await startSource(2)];
    await extend(right, 1, 7n);
    const follower = await startFollower([urlOf(left), urlOf(right)]);
    await until(() => detailsOf(follower).stopped !== undefined);
    expect(detailsOf(follower).stopped).toContain(`a fork at height 3: ${urlOf(right)}`);
  });

  it('turns to another source when one gives nothing that it can use', async () => {
    const source = await startSource(4);
    const proxy = await startLyingSource(urlOf(source));
    const endless = Buffer.alloc(1 << 20, 0x20);
    const answers: ((typeof proxy)['answer'] & object)[] = [
      (_, response) => response.end('<html>'),
      (_, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        const feed = (): void => {
          while (!response.destroyed && response.write(endless));
        };
        response.on('drain', feed);
        feed();
      },
      (_, response) => response.writeHead(500).end(),
      (_, response) => {
        const blocks = Array.from({ length: 300 }, () => '');
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ head: { height: 9, id: `0x${'00'.repeat(32)}` }, blocks }));
      },
    ];
    for (const answer of answers) {
      proxy.answer = answer;
      const follower = await startFollower([proxy.url, urlOf(source)]);
      await until(() => heightOf(follower) === 4);
      expect(detailsOf(follower).stopped).toBeUndefined();
      await follower.close();
    }
  });

  it('asks slowly where the source says at once that there is nothing, and does not hammer', async () => {
    const source = await startSource(2);
    const proxy = await startLyingSource(urlOf(source));
    const follower = await startFollower([proxy.url]);
    await until(() => heightOf(follower) === 2);
    const head = { height: 2, id: `0x${Buffer.from(source.api.lastAccepted().id).toString('hex')}` };
    proxy.answer = (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ head, parent: head.id, blocks: [] }));
    };
    const before = proxy.requests.length;
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect(proxy.requests.length - before).toBeLessThan(8);
  });
});

describe('transactions through a follower', () => {
  it('reach the source, whose outcome is told, and are here when their block is', async () => {
    const host = await import('../../../src/hosts/embedded/embedded-host.ts');
    const source = await createNode({
      genesis,
      store: new MemoryStore(),
      host: host.embeddedHost({ mode: 'instant', blockTimeMs: HOUR_MS }),
      http: { port: 0 },
      blobBytesMax: 0,
    });
    onTestFinished(() => source.close());
    const follower = await startFollower([urlOf(source)]);
    const client = createClient({ url: urlOf(follower) });
    const place = await client.submitTransaction(pay(0), { wait: 'accepted' });
    expect(place).toMatchObject({ state: 'final', height: 1, code: '' });
    expect(heightOf(follower)).toBe(1);
    expect(await client.getTransaction(place.hash)).toEqual(
      await createClient({ url: urlOf(source) }).getTransaction(place.hash),
    );
    await expect(client.call('submitTransaction', { body: pay(0, 2n) })).rejects.toMatchObject({
      code: 'nonce_too_low',
    });
    await expect(client.call('submitTransaction', { body: Uint8Array.of(1, 2) })).rejects.toMatchObject({
      code: 'malformed',
    });
    const entries = await client.submitTransactions([pay(1), pay(2, 10n ** 30n)], {
      wait: 'accepted',
    });
    expect(entries).toMatchObject([{ code: '' }, { code: 'insufficient_balance' }]);
    expect(heightOf(follower)).toBe(heightOf(source));
  });

  it('that wait at the source are found, and counted in the next nonce', async () => {
    const source = await startSource(1);
    const follower = await startFollower([urlOf(source)]);
    await until(() => heightOf(follower) === 1);
    const client = createClient({ url: urlOf(follower) });
    const { hash } = await client.submitTransaction(pay(1));
    expect(await client.getTransaction(hash)).toMatchObject({ state: 'pending', nonce: 1n });
    expect(await client.getAccount(alice.address)).toMatchObject({ nonce: 1n, next_nonce: 2n });
    await expect(client.getTransaction(new Uint8Array(32))).rejects.toMatchObject({ code: 'not_found' });
    expect(detailsOf(follower).pool_transactions).toBe(0);
  });

  it('are told to have no known outcome while no source answers, and are refused by one that stopped', async () => {
    const source = await startSource(1);
    const proxy = await startLyingSource(urlOf(source));
    const follower = await startFollower([proxy.url]);
    await until(() => heightOf(follower) === 1);
    const client = createClient({ url: urlOf(follower), retriesMax: 0 });
    proxy.target = undefined;
    await expect(client.call('submitTransaction', { body: pay(1) })).rejects.toMatchObject({
      code: 'unreachable',
    });
    expect((await client.getAccount(alice.address)).next_nonce).toBe(1n);
    const rewritten = await startSource();
    await extend(rewritten, 1, 7n);
    proxy.target = urlOf(rewritten);
    await until(() => detailsOf(follower).stopped !== undefined);
    await expect(client.call('submitTransaction', { body: pay(1) })).rejects.toMatchObject({
      code: 'wrong_state',
      detail: expect.stringContaining('a fork at height 1'),
    });
  });
});
