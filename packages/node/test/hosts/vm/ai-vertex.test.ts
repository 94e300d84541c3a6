import { createVertex } from '@aivm/core/block';
import { ErrNotInitialized } from '@aivm/core/errors';
import { signTransaction } from '@aivm/core/tx';
import { describe, expect, it } from 'vitest';
import { AIVertex } from '../../../src/hosts/vm/ai-vertex.ts';
import { BlockStatus } from '../../../src/hosts/vm/block.ts';
import { VM } from '../../../src/hosts/vm/vm.ts';
import { VMMessage, VMState } from '../../../src/hosts/vm/vm-options.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import {
  people,
  submitTask,
  TEST_CHAIN_ID,
  TEST_TIMESTAMP,
  type TestAccount,
  testGenesis,
  transfer,
} from '../../support/test-genesis.ts';

const crowd = people(2);
const [alice, bob] = crowd as [TestAccount, TestAccount];
const genesis = testGenesis(crowd);

async function openVM(): Promise<VM> {
  const vm = new VM({ nowMs: () => (TEST_TIMESTAMP + 100) * 1_000 });
  await vm.initialize({ store: new MemoryStore(), genesis });
  return vm;
}

const vertexOf = (...transactions: Parameters<typeof createVertex>[0]['transactions'][number][]) =>
  createVertex({
    chainId: TEST_CHAIN_ID,
    genesisHash: alice.genesisHash,
    parents: [],
    height: 0,
    epoch: 0,
    transactions,
  });

describe('AIVertex', () => {
  it('is built, travels as bytes, is verified and accepted by another VM, and both make the same block', async () => {
    const [one, two] = [await openVM(), await openVM()];
    const tx = one.node().submitTransaction(alice.sign(transfer(bob.address), 0n).bytes);
    expect(await one.waitForEvent()).toBe(VMMessage.pendingTransactions);
    const built = await one.buildVertex();
    const parsed = await two.parseVertex(built.bytes());
    expect(parsed.id()).toEqual(built.id());
    expect([parsed.height(), parsed.epoch(), parsed.parents(), parsed.txs()]).toEqual([0n, 0, [], [tx.id]]);
    expect(parsed.status()).toBe(BlockStatus.processing);
    for (const vertex of [built, parsed]) {
      await vertex.verify();
      await vertex.accept();
      expect(vertex.status()).toBe(BlockStatus.accepted);
      await expect(vertex.reject()).rejects.toMatchObject({ code: 'wrong_state' });
    }
    expect(await two.waitForEvent()).toBe(VMMessage.pendingTransactions);
    const [left, right] = [await one.buildBlock(), await two.buildBlock()];
    expect(left.bytes()).toEqual(right.bytes());
    await left.verify();
    await left.accept();
    expect(one.node().getTransaction(tx.id)).toMatchObject({ state: 'accepted', height: 1 });
    for (const vm of [one, two]) await vm.shutdown();
    expect(() => built.status()).toThrow(ErrNotInitialized);
  });

  it('conflicts by job, also as a vertex of any kind', async () => {
    const vm = await openVM();
    const submitted = await vm.parseVertex(vertexOf(alice.sign(submitTask('job'), 0n)).bytes);
    const cancelled = await vm.parseVertex(
      vertexOf(bob.sign({ kind: 'cancelTask', taskId: 'job' }, 0n)).bytes,
    );
    const other = await vm.parseVertex(vertexOf(bob.sign(submitTask('other'), 0n)).bytes);
    expect([submitted.conflicts(cancelled), cancelled.conflicts(submitted)]).toEqual([true, true]);
    expect([submitted.conflicts(other), submitted.conflicts(submitted)]).toEqual([false, false]);
    const plain = (vertex: AIVertex) => ({ id: () => vertex.id(), bytes: () => vertex.bytes() });
    expect(submitted.conflictsVertex(plain(cancelled))).toBe(true);
    expect(submitted.conflictsVertex(cancelled)).toBe(true);
    expect(submitted.conflictsVertex(plain(other))).toBe(false);
    const [unseen] = [vertexOf(bob.sign({ kind: 'cancelTask', taskId: 'job' }, 7n))];
    const foreign = { id: () => unseen.id, bytes: () => unseen.bytes };
    expect(submitted.conflictsVertex(foreign)).toBe(true);
    const nothing = { id: () => new Uint8Array(32), bytes: () => new Uint8Array(9) };
    expect(submitted.conflictsVertex(nothing)).toBe(false);
    await vm.shutdown();
  });

  it('is rejected with its transactions left for another one', async () => {
    const vm = await openVM();
    await expect(vm.buildVertex()).rejects.toMatchObject({ code: 'wrong_state' });
    vm.node().submitTransaction(alice.sign(transfer(bob.address), 0n).bytes);
    const vertex = await vm.buildVertex();
    await expect(vertex.accept()).rejects.toMatchObject({ code: 'not_found' });
    await vertex.verify();
    await expect(vm.buildVertex()).rejects.toMatchObject({ code: 'wrong_state' });
    await vertex.reject();
    expect(vertex.status()).toBe(BlockStatus.rejected);
    expect((await vm.buildVertex()).txs()).toEqual(vertex.txs());
    await vm.shutdown();
  });

  it('must be accepted before a live VM takes a block with it; one that catches up takes it', async () => {
    const [proposer, live, late] = [await openVM(), await openVM(), await openVM()];
    const vertex = await proposer.parseVertex(vertexOf(alice.sign(transfer(bob.address), 0n)).bytes);
    await vertex.verify();
    await vertex.accept();
    const block = await proposer.buildBlock();
    await live.setState(VMState.ready);
    await late.setState(VMState.bootstrapping);
    await expect((await live.parseBlock(block.bytes())).verify()).rejects.toMatchObject({
      code: 'block_invalid',
    });
    const caughtUp = await late.parseBlock(block.bytes());
    await caughtUp.verify();
    await caughtUp.accept();
    expect((await late.parseVertex(vertex.bytes())).status()).toBe(BlockStatus.accepted);
    const own = await live.parseVertex(vertex.bytes());
    await own.verify();
    await own.accept();
    const again = await live.parseBlock(block.bytes());
    await again.verify();
    await again.accept();
    expect(live.node().state().root).toEqual(late.node().state().root);
    for (const vm of [proposer, live, late]) await vm.shutdown();
  });

  it('of another chain, or that is no vertex, does not parse', async () => {
    const vm = await openVM();
    const operation = transfer(bob.address);
    const genesisHash = new Uint8Array(32).fill(9);
    const foreign = signTransaction({ ...alice.sign(operation, 0n), genesisHash }, alice.privateKey);
    const bytes = createVertex({
      chainId: TEST_CHAIN_ID,
      genesisHash,
      parents: [],
      height: 0,
      epoch: 0,
      transactions: [foreign],
    }).bytes;
    await expect((await vm.parseVertex(bytes)).verify()).rejects.toMatchObject({ code: 'wrong_chain' });
    await expect(vm.parseVertex(new Uint8Array(3))).rejects.toMatchObject({ code: 'malformed' });
    expect((await vm.parseVertex(vertexOf(alice.sign(operation, 4n)).bytes)) instanceof AIVertex).toBe(true);
    await vm.shutdown();
  });
});
