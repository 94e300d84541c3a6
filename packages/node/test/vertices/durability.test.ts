import { equalBytes } from '@aivm/core/bytes';
import { verifyBlock } from '@aivm/core/execute';
import { describe, expect, it } from 'vitest';
import { ClassicLevelStore } from '../../src/store/classic-level-store.ts';
import { storeKeys } from '../../src/store/columns.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { verifyDatabase } from '../../src/verify/verify-database.ts';
import { FaultyStore } from '../support/faulty-store.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import {
  acceptBlock,
  acceptVertex,
  alice,
  bob,
  genesis,
  open,
  pay,
  submit,
  vertex,
} from '../support/vertex-node.ts';

describe('an accepted vertex', () => {
  it('survives its process, and blocks execute it after a restart', async () => {
    const directory = temporaryDirectory();
    const one = vertex([pay(alice), pay(bob)]);
    const store = await ClassicLevelStore.open(directory);
    await acceptVertex(await open(store), one);
    await store.close();
    const reopened = await ClassicLevelStore.open(directory);
    const node = await open(reopened);
    expect(node.vertices.status(one.id)).toBe('accepted');
    expect((await acceptBlock(node)).vertices.map(({ id }) => id)).toEqual([one.id]);
    await reopened.close();
  });

  it.each(['before', 'after'] as const)(
    'is whole or not there when the write fails (%s it happened)',
    async (fault) => {
      const inner = new MemoryStore();
      const store = new FaultyStore(inner);
      const node = await open(store);
      const one = vertex([pay(alice)]);
      node.vertices.verify(one);
      store.nextFault = fault;
      await expect(node.vertices.accept(one.id)).rejects.toThrow();
      expect(node.port.failure).toBeDefined();
      expect(node.vertices.status(one.id)).toBe('processing');
      const again = await open(inner);
      expect(again.vertices.counts.accepted).toBe(fault === 'after' ? 1 : 0);
    },
  );

  it('that is damaged in the store is found when the node opens', async () => {
    const store = new MemoryStore();
    const one = vertex([pay(alice)]);
    await acceptVertex(await open(store), one);
    const damaged = one.bytes.map((byte, i) => (i === one.bytes.length - 1 ? byte ^ 1 : byte));
    await store.batch([{ type: 'put', key: storeKeys.vertex(one.id), value: damaged }]);
    const corrupt = { code: 'data_dir_corrupt' };
    await expect(open(store)).rejects.toMatchObject(corrupt);
    await expect(verifyDatabase({ store, genesis, location: 'memory' })).rejects.toMatchObject(corrupt);
  });
});

describe('a block that was built here', () => {
  it('is executed once, and one of others is executed by who verifies it', async () => {
    let verified = 0;
    const counted: typeof verifyBlock = (options) => {
      verified += 1;
      return verifyBlock(options);
    };
    const own = await open(new MemoryStore(), { engine: { verifyBlock: counted }, verifyOwnBlocks: false });
    const foreign = await open(new MemoryStore(), {
      engine: { verifyBlock: counted },
      verifyOwnBlocks: false,
    });
    const checking = await open(new MemoryStore(), {
      engine: { verifyBlock: counted },
      verifyOwnBlocks: true,
    });
    for (const node of [own, checking]) submit(node, pay(alice), pay(bob));
    const block = await acceptBlock(own);
    expect(verified).toBe(0);
    foreign.port.verify(foreign.port.parseBlock(block.bytes));
    expect(verified).toBe(1);
    const same = await acceptBlock(checking);
    expect([verified, equalBytes(same.id, block.id)]).toEqual([2, true]);
    expect(own.state().root).toEqual(checking.state().root);
  });
});
