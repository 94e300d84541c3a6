import { createBlock, type StatelessBlock } from '@aivm/core/block';
import { AivmError } from '@aivm/core/errors';
import { buildBlock } from '@aivm/core/execute';
import { readAccount, readChain } from '@aivm/core/state';
import type { Transaction } from '@aivm/core/tx';
import { describe, expect, it } from 'vitest';
import type { Chain } from '../../src/chain/chain.ts';
import { openChain } from '../../src/chain/open-chain.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { dumpStore, type Fault, FaultyStore } from '../support/faulty-store.ts';
import { people, TEST_TIMESTAMP, testGenesis, transfer } from '../support/test-genesis.ts';

const [alice, bob] = people(2) as [ReturnType<typeof people>[0], ReturnType<typeof people>[0]];
const genesis = testGenesis([alice, bob]);
const open = (store = new MemoryStore() as FaultyStore | MemoryStore): Promise<Chain> =>
  openChain({ store, genesis, location: 'memory' });

function build(
  chain: Chain,
  options: { on?: Uint8Array; txs?: Transaction[]; time?: number } = {},
): StatelessBlock {
  const parent = chain.parentOf(options.on ?? chain.head.id);
  if (parent === undefined) throw new Error('no such parent');
  const timestamp = options.time ?? parent.header.timestamp + 1;
  return buildBlock({ parent, timestamp, candidates: options.txs ?? [] }).block;
}

const balanceOf = (chain: Chain, address = bob.address): bigint => readAccount(chain.state, address).balance;
const pay = (amount: bigint, nonce = 0n): Transaction => alice.sign(transfer(bob.address, amount), nonce);

describe('chain', () => {
  it('starts at the genesis block and its state', async () => {
    const chain = await open();
    expect(chain.head).toMatchObject({ height: 0, taskCount: 0, transactionCount: 0 });
    expect(chain.header.timestamp).toBe(TEST_TIMESTAMP);
    expect(balanceOf(chain)).toBe(10n ** 21n);
    expect(chain.state.root).toEqual(chain.header.stateRoot);
  });

  it('verifies without a trace in the store, and accepts in one batch', async () => {
    const store = new MemoryStore();
    const chain = await open(store);
    const before = await dumpStore(store);
    const block = build(chain, { txs: [pay(5n)] });
    chain.verify(block);
    chain.verify(block);
    expect(chain.processingCount).toBe(1);
    expect(chain.status(block)).toBe('processing');
    expect(await dumpStore(store)).toEqual(before);
    expect(balanceOf(chain)).toBe(10n ** 21n);
    const accepted = await chain.accept(block.id);
    expect(accepted.outcomes).toMatchObject([{ code: '' }]);
    expect([chain.head.id, chain.header, chain.processingCount]).toEqual([block.id, block.header, 0]);
    expect(balanceOf(chain)).toBe(10n ** 21n + 5n);
    expect(chain.status(block)).toBe('accepted');
  });

  it('rejects without a trace, twice, with what was built on it', async () => {
    const store = new MemoryStore();
    const chain = await open(store);
    const before = await dumpStore(store);
    const parent = build(chain, { txs: [pay(5n)] });
    chain.verify(parent);
    const child = build(chain, { on: parent.id, txs: [pay(6n, 1n)] });
    chain.verify(child);
    chain.setPreference(child.id);
    chain.reject(parent.id);
    chain.reject(parent.id);
    expect([chain.processingCount, chain.preferred().id]).toEqual([0, chain.head.id]);
    expect(await dumpStore(store)).toEqual(before);
    await expect(chain.accept(parent.id)).rejects.toMatchObject({ code: 'not_found' });
    expect(() => chain.verify(child)).toThrow(expect.objectContaining({ code: 'block_invalid' }));
    chain.verify(parent);
    await chain.accept(parent.id);
    expect(() => chain.reject(parent.id)).toThrow(expect.objectContaining({ code: 'wrong_state' }));
  });

  it('drops the siblings of an accepted block with all that was built on them, and keeps its own descendants', async () => {
    const chain = await open();
    const left = build(chain, { txs: [pay(5n)] });
    const right = build(chain, { txs: [pay(7n)] });
    for (const block of [left, right]) chain.verify(block);
    const onLeft = build(chain, { on: left.id, txs: [pay(1n, 1n)] });
    const onRight = build(chain, { on: right.id, txs: [pay(2n, 1n)] });
    for (const block of [onLeft, onRight]) chain.verify(block);
    const above = build(chain, { on: onLeft.id });
    chain.verify(above);
    chain.setPreference(onRight.id);
    expect(readAccount(chain.preferred().state, bob.address).balance).toBe(10n ** 21n + 9n);
    await chain.accept(left.id);
    expect(chain.processingCount).toBe(2);
    expect(chain.preferred().id).toEqual(left.id);
    for (const dropped of [right, onRight]) expect(chain.status(dropped)).toBe('unknown');
    chain.reject(right.id);
    await chain.accept(onLeft.id);
    await chain.accept(above.id);
    expect(balanceOf(chain)).toBe(10n ** 21n + 6n);
    expect(chain.state.root).toEqual(above.header.stateRoot);
  });

  it('accepts only children of the last accepted block', async () => {
    const chain = await open();
    const parent = build(chain);
    chain.verify(parent);
    const child = build(chain, { on: parent.id });
    chain.verify(child);
    await expect(chain.accept(child.id)).rejects.toMatchObject({ code: 'wrong_state' });
    const unverified = build(chain, { time: TEST_TIMESTAMP + 9 });
    chain.parse(unverified.bytes);
    await expect(chain.accept(unverified.id)).rejects.toMatchObject({ code: 'not_found' });
    // Asked for in one go, they are written one after the other.
    await Promise.all([chain.accept(parent.id), chain.accept(child.id)]);
    expect(chain.head.height).toBe(2);
  });

  it('refuses a block whose roots do not follow from its parent', async () => {
    const chain = await open();
    const { header, transactions } = build(chain, { txs: [pay(5n)] });
    for (const change of [
      { stateRoot: new Uint8Array(32) },
      { outcomesRoot: new Uint8Array(32) },
      { receiptCount: 1 },
      { height: 2 },
      { timestamp: TEST_TIMESTAMP - 1 },
      { parentId: new Uint8Array(32) },
    ]) {
      const block = createBlock({ ...header, ...change }, transactions);
      expect(() => chain.verify(block)).toThrow(AivmError);
      expect(chain.find(block.id)).toBeUndefined();
    }
    expect(chain.processingCount).toBe(0);
  });

  it('parses what it built to the same block, and remembers it by id', async () => {
    const chain = await open();
    const block = build(chain, { txs: [pay(5n)] });
    const parsed = chain.parse(block.bytes);
    expect([parsed.id, parsed.bytes]).toEqual([block.id, block.bytes]);
    expect(chain.find(block.id)).toBe(parsed);
    expect(chain.parse(block.bytes)).toBe(parsed);
    chain.reject(block.id);
    expect(chain.find(block.id)).toBeUndefined();
  });

  it('shows the old state to readers until the batch is known to be written', async () => {
    const store = new FaultyStore(new MemoryStore());
    // No caches: everything is read from the store, which has the new values already.
    const stateCache = { valueBytes: 0, treeBytes: 0 };
    const chain = await openChain({ store, genesis, location: 'memory', stateCache });
    const block = build(chain, { txs: [pay(5n)] });
    chain.verify(block);
    const seen: unknown[] = [];
    store.onWritten = () => {
      seen.push(balanceOf(chain), readAccount(chain.state, alice.address).nonce, chain.head.height);
      seen.push(chain.status(block));
      // Building on the old head still works: its pages of the tree are still found.
      expect(build(chain, { txs: [pay(5n)] }).header.stateRoot).toEqual(block.header.stateRoot);
      expect(() => chain.reject(block.id)).toThrow(AivmError);
    };
    await chain.accept(block.id);
    expect(seen).toEqual([10n ** 21n, 0n, 0, 'processing']);
    expect(balanceOf(chain)).toBe(10n ** 21n + 5n);
  });

  it.each<[Fault, number]>([
    ['before', 0],
    ['after', 1],
  ])(
    'stops when a write fails (%s it happened), and a restart finds one whole head',
    async (fault, height) => {
      const store = new FaultyStore(new MemoryStore());
      const chain = await open(store);
      const block = build(chain, { txs: [pay(5n)] });
      chain.verify(block);
      store.nextFault = fault;
      await expect(chain.accept(block.id)).rejects.toThrow();
      expect(chain.failure).toBeInstanceOf(Error);
      expect(chain.head.height).toBe(0);
      await expect(chain.accept(block.id)).rejects.toMatchObject({ code: 'internal' });
      expect(() => chain.verify(block)).toThrow(expect.objectContaining({ code: 'internal' }));

      const reopened = await open(store);
      expect(reopened.head.height).toBe(height);
      expect(balanceOf(reopened)).toBe(10n ** 21n + (height === 1 ? 5n : 0n));
      const next = build(reopened, { txs: [pay(5n, BigInt(height))] });
      reopened.verify(next);
      await reopened.accept(next.id);
      expect(readChain(reopened.state).burned).toBeGreaterThan(0n);
    },
  );

  it('works the same with caches that hold nothing', async () => {
    const store = new MemoryStore();
    const chain = await openChain({
      store,
      genesis,
      location: 'memory',
      stateCache: { valueBytes: 0, treeBytes: 0 },
    });
    const cached = await open();
    for (let i = 0n; i < 5n; i++) {
      const block = build(chain, { txs: [pay(i, i)] });
      for (const one of [chain, cached]) {
        one.verify(block);
        await one.accept(block.id);
      }
    }
    expect(chain.state.root).toEqual(cached.state.root);
    expect(await dumpStore(chain.store)).toEqual(await dumpStore(cached.store));
  });
});
