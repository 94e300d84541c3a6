import { createBlock, createVertex, type StatelessBlock, type StatelessVertex } from '@aivm/core/block';
import { AivmError } from '@aivm/core/errors';
import { readChain } from '@aivm/core/state';
import { describe, expect, it } from 'vitest';
import type { OpenNodeOptions } from '../../src/local/open-node.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { verifyDatabase } from '../../src/verify/verify-database.ts';
import { submitTask, transfer } from '../support/test-genesis.ts';
import {
  acceptBlock,
  acceptVertex,
  alice,
  balanceOf,
  bob,
  cancel,
  carol,
  genesis,
  open,
  pay,
  refusal,
  submit,
  vertex,
} from '../support/vertex-node.ts';

describe('vertices of a node', () => {
  it('are built from the pool, accepted without changing the state, and executed by a later block', async () => {
    const node = await open();
    submit(node, pay(alice), pay(alice, 1n), pay(bob));
    const built = node.port.proposeVertex();
    expect([built.height, built.epoch, built.parents.length, built.transactions.length]).toEqual([
      0, 0, 0, 3,
    ]);
    const root = node.state().root;
    node.vertices.verify(built);
    expect(node.vertices.status(built.id)).toBe('processing');
    await node.vertices.accept(built.id);
    await node.vertices.accept(built.id);
    expect([node.vertices.status(built.id), node.state().root]).toEqual(['accepted', root]);
    expect(() => node.port.proposeVertex()).toThrow('nothing to make a vertex of');
    const block = await acceptBlock(node);
    expect(block.vertices.map(({ id }) => id)).toEqual([built.id]);
    expect(block.vertexTransactionCount).toBe(3);
    expect(balanceOf(node, carol)).toBe(10n ** 21n + 3n);
    expect(node.health().details).toMatchObject({ pool_transactions: 0, vertex_transactions_waiting: 0 });
    expect(node.port.work()).toEqual({ transactions: false, timers: false, onlyDeadlines: false });
    // The next vertex comes after the one that was executed.
    submit(node, pay(bob, 1n));
    expect(node.port.proposeVertex().parents).toEqual([built.id]);
  });

  it('of two producers, accepted in any order, give one block and one state', async () => {
    const task = alice.sign(submitTask('job'), 0n);
    const a = vertex([task]);
    const b = vertex([pay(bob)]);
    const c = vertex([cancel(alice, 'job', 1n)], [a, b]);
    const d = vertex([pay(carol)], [a]);
    const blocks: StatelessBlock[] = [];
    for (const order of [
      [a, b, c, d],
      [b, a, d, c],
      [a, d, b, c],
    ]) {
      const node = await open();
      for (const one of order) await acceptVertex(node, one);
      blocks.push(await acceptBlock(node));
      expect(blocks.at(-1)?.transactions.length).toBe(4);
    }
    expect(new Set(blocks.map(({ id }) => id.join())).size).toBe(1);
    // Another producer, who accepted the same vertices, verifies and accepts the block of the first.
    const other = await open();
    for (const one of [a, b, c, d]) await acceptVertex(other, one);
    const [block] = blocks as [(typeof blocks)[0]];
    other.port.verify(other.port.parseBlock(block.bytes));
    await other.port.accept(block.id);
    expect(other.state().root).toEqual(block.header.stateRoot);
    expect(other.vertices.pending({ ...other.port.preferred(), state: other.state() })).toEqual([]);
  });

  it('leave out what is not valid yet; it waits, also over a restart, and a later block carries it', async () => {
    const store = new MemoryStore();
    const node = await open(store);
    await acceptVertex(node, vertex([pay(alice, 1n), pay(bob)]));
    expect((await acceptBlock(node)).transactions.length).toBe(1);
    expect(node.port.work().transactions).toBe(false);
    const again = await open(store);
    expect(again.getTransaction(pay(alice, 1n).id)).toEqual({ state: 'pending' });
    submit(again, pay(alice));
    const block = await acceptBlock(again);
    expect(block.transactions.map(({ nonce }) => nonce)).toEqual([0n, 1n]);
    expect(again.vertices.counts.waiting).toBe(0);
  });

  it('conflict by job: the second is refused, and one that comes after the first is not', async () => {
    const node = await open();
    const first = vertex([alice.sign(submitTask('job'), 0n)]);
    const rival = vertex([cancel(bob, 'job')]);
    const after = vertex([cancel(bob, 'job')], [first]);
    // Both may be undecided at once; accepting one ends the other's chances.
    for (const one of [first, rival]) node.vertices.verify(one);
    expect(node.vertices.conflicts(first, rival)).toBe(true);
    await node.vertices.accept(first.id);
    await expect(node.vertices.accept(rival.id)).rejects.toMatchObject({ code: 'vertex_invalid' });
    node.vertices.reject(rival.id);
    expect(node.vertices.status(rival.id)).toBe('rejected');
    expect(refusal(() => node.vertices.verify(rival)).detail).toContain('conflicts with accepted vertex');
    expect(node.vertices.conflicts(first, after)).toBe(false);
    await acceptVertex(node, after);
  });

  it('are built so that they do not conflict, and wait for a job that is undecided', async () => {
    const node = await open();
    submit(node, alice.sign(submitTask('job'), 0n));
    const first = node.port.proposeVertex();
    node.vertices.verify(first);
    submit(node, alice.sign(submitTask('other'), 1n));
    // The sender's earlier transaction is in a vertex already: the next one goes on.
    expect(node.port.proposeVertex().transactions.map(({ nonce }) => nonce)).toEqual([1n]);
    submit(node, cancel(alice, 'job', 2n), pay(alice, 3n));
    expect(node.port.proposeVertex().transactions.map(({ nonce }) => nonce)).toEqual([1n]);
    await node.vertices.accept(first.id);
    const second = node.port.proposeVertex();
    expect(second.transactions.map(({ nonce }) => nonce)).toEqual([1n, 2n, 3n]);
    expect(second.parents).toEqual([first.id]);
    expect(node.vertices.conflicts(first, second)).toBe(false);
  });

  it('must stand over parents that are known, in an open epoch, on this chain', async () => {
    const node = await open();
    const low = vertex([pay(alice)]);
    const verify = (one: StatelessVertex) => refusal(() => node.vertices.verify(one));
    expect(verify(vertex([pay(bob)], [low]))).toMatchObject({ code: 'vertex_invalid' });
    expect(verify(vertex([pay(bob)], [], 1)).detail).toContain('of epoch 1, the chain is in 0');
    const genesisHash = new Uint8Array(32);
    const foreign = { ...alice.sign(transfer(bob.address), 0n), genesisHash };
    expect(verify(createVertex({ ...low, genesisHash, transactions: [foreign] })).code).toBe('wrong_chain');
    node.vertices.verify(low);
    const high = createVertex({ ...vertex([pay(bob)], [low]), height: 2 });
    expect(verify(high).detail).toContain('its parents make it 1');
    const child = vertex([pay(bob)], [low]);
    node.vertices.verify(child);
    await expect(node.vertices.accept(child.id)).rejects.toMatchObject({ code: 'wrong_state' });
    await expect(node.vertices.accept(new Uint8Array(32))).rejects.toMatchObject({ code: 'not_found' });
    // A rejected vertex takes those over it along.
    node.vertices.reject(low.id);
    expect(node.vertices.status(child.id)).toBe('rejected');
    await acceptVertex(node, low);
    expect(refusal(() => node.vertices.reject(low.id)).code).toBe('wrong_state');
  });

  it('go when their epochs are over, and their transactions may go another way', async () => {
    const store = new MemoryStore();
    const node = await open(store);
    const early = vertex([pay(alice, 1n)]);
    await acceptVertex(node, early);
    await acceptBlock(node);
    await acceptVertex(node, vertex([pay(bob, 5n)]));
    // Two epochs pass in blocks that others made.
    for (let i = 0; i < 2; i++) {
      submit(node, pay(carol, BigInt(i)));
      await acceptBlock(node, 60);
    }
    await node.close(new AivmError('internal', 'the test closes'));
    expect(readChain(node.state()).epoch).toBe(2n);
    expect(node.vertices.counts).toEqual({ accepted: 0, processing: 0, waiting: 0 });
    const again = await open(store);
    expect(again.vertices.counts.accepted).toBe(0);
    submit(again, pay(alice), pay(alice, 1n));
    expect((await acceptBlock(again)).transactions.length).toBe(2);
  });

  it('are bounded', async () => {
    const node = await open(new MemoryStore(), { vertexLimits: { vertices: 2 } } as Partial<OpenNodeOptions>);
    const made = [0n, 1n, 2n].map((nonce) => vertex([pay(alice, nonce)]));
    for (const one of made.slice(0, 2)) await acceptVertex(node, one);
    expect(refusal(() => node.vertices.verify(made[2] as StatelessVertex)).code).toBe('pool_full');
    // An executed one makes room when a block brings more.
    await acceptBlock(node);
    expect(node.vertices.counts.accepted).toBe(2);
  });
});

describe('blocks with vertices', () => {
  it('are refused when a vertex was executed before, or its parent was not', async () => {
    const store = new MemoryStore();
    const node = await open(store);
    const low = vertex([pay(alice)]);
    const high = vertex([pay(bob)], [low]);
    const other = await open();
    await acceptVertex(other, low);
    const first = await acceptBlock(other);
    await acceptVertex(other, high);
    const second = await acceptBlock(other);
    // The same header over other vertices: forged by whoever proposes.
    const forged = createBlock(second.header, second.transactions, [low, high]);
    expect(forged.vertices.length).toBe(2);
    const verifying = await open();
    const { header } = verifying.lastAccepted();
    const early = createBlock(
      { ...second.header, parentId: verifying.lastAccepted().id, height: header.height + 1 },
      second.transactions,
      [high],
    );
    expect(refusal(() => verifying.port.verify(early))).toMatchObject({ code: 'block_invalid' });
    expect(refusal(() => verifying.port.verify(early)).detail).toContain('is not executed');
    node.port.verify(node.port.parseBlock(first.bytes));
    expect(
      refusal(() => node.port.verify({ ...forged, header: { ...forged.header, parentId: first.id } })).detail,
    ).toContain('an earlier block executed it');
    // Below an undecided block and below an accepted one alike.
    await node.port.accept(first.id);
    expect(refusal(() => node.port.verify(forged)).detail).toContain('an earlier block executed it');
    node.port.verify(node.port.parseBlock(second.bytes));
    await node.port.accept(second.id);
    expect([low, high].map(({ id }) => node.vertices.status(id))).toEqual(['accepted', 'accepted']);
  });

  it('replay from the store, and every entry of the database is accounted for', async () => {
    const store = new MemoryStore();
    const node = await open(store);
    const low = vertex([pay(alice), pay(bob, 3n)]);
    await acceptVertex(node, low);
    await acceptVertex(node, vertex([pay(carol)], [low]));
    await acceptBlock(node);
    await acceptVertex(node, vertex([pay(alice, 1n)], [low]));
    submit(node, pay(bob));
    await acceptBlock(node);
    const report = await verifyDatabase({ store, genesis, location: 'memory' });
    expect(report.entries).toMatchObject({ vertexEntry: 3, vertex: 3 });
    expect(report.stateRoot).toEqual(node.state().root);
    const again = await open(store);
    const accepted = again.blocks.getBlock(1);
    expect(accepted?.block).toEqual(node.blocks.getBlock(1)?.block);
    expect(accepted?.block.vertices.length).toBe(2);
  });
});
