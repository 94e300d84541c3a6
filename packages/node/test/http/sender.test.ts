import { AivmError } from '@aivm/core/errors';
import { readAccount } from '@aivm/core/state';
import {
  createClient,
  createMemoryJournal,
  createSender,
  developmentAccounts,
  type JournalEntry,
  type TransactionJournal,
} from '@aivm/sdk';
import { describe, expect, it } from 'vitest';
import { type Fixture, startFixture } from './fixture.ts';

const accounts = developmentAccounts();
const to = accounts[0];
const wallet = accounts[9];
const START = 10n ** 24n;

const transfer = (amount: bigint) => ({ kind: 'transfer', to: to!.addressBytes, amount }) as const;
const task = (id: string) =>
  ({
    kind: 'submitTask',
    id,
    taskType: 'inference',
    model: 'qwen3-8b',
    input: new TextEncoder().encode('{}'),
    fee: 10_000_000n,
    maxAdmission: 0n,
    mode: 0,
    n: 0,
    maxNew: 0,
    deadlineBlocks: 0n,
  }) as const;
const codeOf = (error: unknown): string => (error instanceof AivmError ? error.code : String(error));
const received = ({ node }: Fixture): bigint => readAccount(node.state(), to!.addressBytes).balance - START;
const nonceOf = ({ node }: Fixture): bigint => readAccount(node.state(), wallet!.addressBytes).nonce;

/** A client whose connection fails as `fate` says: before the node has the request, or after it has answered. */
function createFaultyClient(
  { server }: Fixture,
  fate: (path: string, count: number) => 'ok' | 'before' | 'after',
) {
  let count = 0;
  return createClient({
    url: server.url,
    backoffMs: 1,
    retriesMax: 0,
    fetch: async (url, init) => {
      const what = fate(new URL(String(url)).pathname, ++count);
      if (what === 'before') throw new TypeError('fetch failed');
      const response = await fetch(url, init);
      if (what === 'after') {
        await response.text();
        throw new TypeError('fetch failed');
      }
      return response;
    },
  });
}

const isAboutTx = (path: string): boolean => path.startsWith('/rpc/tx');
/** Long enough for a few tries. */
const SHORT = { timeoutMs: 400 };

describe('a sender', () => {
  it('sends what is asked at once, each in its own nonce', async () => {
    const fixture = await startFixture();
    const sender = createSender({ client: fixture.client, wallet: wallet! });
    const sent = await Promise.all(Array.from({ length: 40 }, (_, i) => sender.send(transfer(BigInt(i)))));
    expect(sent.map(({ nonce }) => nonce)).toEqual(Array.from({ length: 40 }, (_, i) => BigInt(i)));
    expect(received(fixture)).toBe(780n);
    expect(await sender.send(transfer(1n), { until: 'posted' })).toMatchObject({ nonce: 40n });
  });

  it('tells of a refusal at the door and in the block alike, and goes on', async () => {
    const fixture = await startFixture();
    const sender = createSender({ client: fixture.client, wallet: wallet! });
    await expect(sender.send(transfer(10n ** 30n))).rejects.toMatchObject({ code: 'insufficient_balance' });
    fixture.node.isAutomatic = false;
    // Both pass the door; in the block only the first finds the id free.
    const other = createSender({ client: fixture.client, wallet: accounts[8]! });
    const both = [sender, other].map((one) => one.send(task('t-1')).then(({ code }) => code, codeOf));
    while (fixture.node.health().details.pool_transactions !== 2)
      await new Promise((done) => setTimeout(done, 5));
    await fixture.node.mine();
    expect((await Promise.all(both)).sort()).toEqual(['', 'id_taken']);
    fixture.node.isAutomatic = true;
    expect((await sender.send(transfer(1n))).code).toBe('');
    expect(nonceOf(fixture)).toBe(2n);
  });

  it('signs again, for the same nonce, what expired in no block', async () => {
    const fixture = await startFixture();
    const { node } = fixture;
    node.isAutomatic = false;
    const isPending = (count: number) => node.health().details.pool_transactions === count;
    const rival = createSender({ client: fixture.client, wallet: accounts[8]! });
    const racing = rival.send(transfer(1n));
    while (!isPending(1)) await new Promise((done) => setTimeout(done, 5));
    const block = node.port.propose(node.lastAccepted().header.timestamp + 1);
    const sender = createSender({ client: fixture.client, wallet: wallet!, expiryBlocks: 1 });
    const sent = sender.send(transfer(5n), { timeoutMs: 20_000 });
    while (!isPending(2)) await new Promise((done) => setTimeout(done, 5));
    // Made before the transaction came, and the last that could have carried it.
    node.port.verify(block);
    await node.port.accept(block.id);
    expect(isPending(0)).toBe(true);
    await racing;
    node.isAutomatic = true;
    const { code, nonce, expiry } = await sent;
    expect({ code, nonce }).toEqual({ code: '', nonce: 0n });
    expect(expiry).toBeGreaterThan(1n);
    expect(received(fixture)).toBe(6n);
    expect(nonceOf(fixture)).toBe(1n);
  });

  it('brings forward what stands behind a transaction that the pool dropped', async () => {
    const fixture = await startFixture();
    const { node } = fixture;
    node.isAutomatic = false;
    const rival = createSender({ client: fixture.client, wallet: accounts[8]! });
    const racing = rival.send(task('t-1'));
    while (node.health().details.pool_transactions !== 1) await new Promise((done) => setTimeout(done, 5));
    const block = node.port.propose(node.lastAccepted().header.timestamp + 1);
    // Both pass the door while the block that takes the id is not accepted yet.
    const sender = createSender({ client: fixture.client, wallet: wallet! });
    const sent = [task('t-1'), transfer(7n), transfer(8n)].map((operation) =>
      sender.send(operation, { timeoutMs: 20_000 }).then(({ code }) => code, codeOf),
    );
    while (node.health().details.pool_transactions !== 4) await new Promise((done) => setTimeout(done, 5));
    node.port.verify(block);
    await node.port.accept(block.id);
    await racing;
    node.isAutomatic = true;
    expect(await Promise.all(sent)).toEqual(['id_taken', '', '']);
    expect(received(fixture)).toBe(15n);
    // The nonce of the one that was dropped carries nothing.
    expect(nonceOf(fixture)).toBe(3n);
    await sender.send(transfer(1n));
    expect(nonceOf(fixture)).toBe(4n);
  });

  it('goes on with the same transaction when nobody knows whether the node took it', async () => {
    for (const fate of ['before', 'after'] as const) {
      const fixture = await startFixture();
      let isBroken = true;
      const client = createFaultyClient(fixture, (path) => (isBroken && isAboutTx(path) ? fate : 'ok'));
      const sender = createSender({ client, wallet: wallet! });
      for (let i = 0; i < 2; i++) {
        await expect(sender.send(transfer(7n), SHORT)).rejects.toMatchObject({
          code: 'unreachable',
          outcome: 'unknown',
          detail: expect.stringMatching(/^unknown, transaction 0x[0-9a-f]{64}, ask again: /) as string,
        });
      }
      isBroken = false;
      expect((await sender.send(transfer(7n))).code, fate).toBe('');
      expect(received(fixture), fate).toBe(7n);
      // Once it is known to be done, the same operation is a new one.
      await sender.send(transfer(7n));
      expect(received(fixture), fate).toBe(14n);
    }
  });

  it('does not send twice when only the answer was lost', async () => {
    const fixture = await startFixture();
    let lost = 0;
    const client = createFaultyClient(fixture, (path) =>
      path === '/rpc/tx' && lost++ === 0 ? 'after' : 'ok',
    );
    expect((await createSender({ client, wallet: wallet! }).send(transfer(7n))).nonce).toBe(0n);
    // Found by its id: it is not even posted again.
    expect(lost).toBe(1);
    expect(received(fixture)).toBe(7n);
    expect(nonceOf(fixture)).toBe(1n);
  });

  it('gives an old transaction to one caller only', async () => {
    const fixture = await startFixture();
    let isBroken = true;
    const client = createFaultyClient(fixture, (path) => (isBroken && isAboutTx(path) ? 'after' : 'ok'));
    const sender = createSender({ client, wallet: wallet! });
    await expect(sender.send(transfer(7n), SHORT)).rejects.toMatchObject({ outcome: 'unknown' });
    isBroken = false;
    const both = await Promise.all([sender.send(transfer(7n)), sender.send(transfer(7n))]);
    expect(both.map(({ nonce }) => nonce).sort()).toEqual([0n, 1n]);
    expect(received(fixture)).toBe(14n);
  });

  it('does not put another operation in the place of one that may be under way', async () => {
    const fixture = await startFixture();
    let isBroken = true;
    const client = createFaultyClient(fixture, (path) => (isBroken && isAboutTx(path) ? 'before' : 'ok'));
    const sender = createSender({ client, wallet: wallet! });
    await expect(sender.send(transfer(5n), SHORT)).rejects.toMatchObject({ outcome: 'unknown' });
    // While the first is unsettled, nothing else is signed.
    await expect(sender.send(transfer(6n), SHORT)).rejects.toMatchObject({ outcome: 'not_sent' });
    isBroken = false;
    await sender.send(transfer(100n));
    expect(received(fixture)).toBe(105n);
    expect(nonceOf(fixture)).toBe(2n);
  });

  it('survives a restart with its journal, whenever it was cut off', async () => {
    for (const fate of ['before', 'after'] as const) {
      const fixture = await startFixture();
      const kept: JournalEntry[] = [];
      const durable = createMemoryJournal();
      const journal: TransactionJournal = {
        ...durable,
        add: async (entry) => {
          kept.push(entry);
          await durable.add(entry);
        },
      };
      const broken = createFaultyClient(fixture, (path) => (isAboutTx(path) ? fate : 'ok'));
      const first = createSender({ client: broken, wallet: wallet!, journal });
      await expect(first.send(transfer(3n), SHORT)).rejects.toThrow('unknown, transaction');
      expect(kept).toHaveLength(1);

      const second = createSender({
        client: fixture.client,
        wallet: wallet!,
        journal: { ...createMemoryJournal(kept), add: journal.add },
      });
      expect((await second.send(transfer(3n))).nonce).toBe(0n);
      expect((await second.send(transfer(4n))).nonce).toBe(1n);
      expect(received(fixture), fate).toBe(7n);

      const third = createSender({
        client: fixture.client,
        wallet: wallet!,
        journal: createMemoryJournal(kept),
      });
      expect((await third.recover()).map(({ nonce, code }) => [nonce, code])).toEqual([
        [0n, ''],
        [1n, ''],
      ]);
      expect(received(fixture), fate).toBe(7n);
      expect((await third.send(transfer(3n))).nonce).toBe(2n);
    }
  });

  it('shares its key with another sender', async () => {
    const fixture = await startFixture();
    const senders = [1, 2].map(() =>
      createSender({ client: createClient({ url: fixture.server.url }), wallet: wallet! }),
    );
    for (let i = 0; i < 6; i++) await senders[i % 2]!.send(transfer(1n));
    expect(received(fixture)).toBe(6n);
    const racing = await Promise.all(
      senders.flatMap((sender) => [1, 2, 3].map(() => sender.send(transfer(10n)))),
    );
    expect(racing.every(({ code }) => code === '')).toBe(true);
    expect(received(fixture)).toBe(66n);
    expect(nonceOf(fixture)).toBe(12n);
  });

  it('waits through a node that does not answer for a while', async () => {
    const fixture = await startFixture();
    fixture.node.isAutomatic = false;
    let isDown = false;
    const client = createFaultyClient(fixture, () => (isDown ? 'before' : 'ok'));
    const sending = createSender({ client, wallet: wallet! }).send(transfer(6n));
    while (fixture.node.health().details.pool_transactions !== 1)
      await new Promise((done) => setTimeout(done, 5));
    isDown = true;
    setTimeout(() => {
      isDown = false;
      fixture.node.isAutomatic = true;
    }, 600);
    expect((await sending).code).toBe('');
    expect(received(fixture)).toBe(6n);
  });

  it('says what it waits for when the time is over, and takes it up again', async () => {
    const fixture = await startFixture();
    fixture.node.isAutomatic = false;
    const sender = createSender({ client: fixture.client, wallet: wallet! });
    await expect(sender.send(transfer(2n), { timeoutMs: 100 })).rejects.toBeInstanceOf(AivmError);
    fixture.node.isAutomatic = true;
    expect((await sender.send(transfer(2n))).code).toBe('');
    expect(received(fixture)).toBe(2n);
  });
});
