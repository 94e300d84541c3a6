import { expect } from 'vitest';
import type { Fixture } from './fixture.ts';

/** Checks of the routes by which nodes follow others, on the chain of the scenario. */
export const syncChecks = {
  getBlockBytes: async ({ client, node }: Fixture): Promise<void> => {
    const { height } = node.lastAccepted().header;
    const { head, parent, blocks } = await client.getBlockBytes(1, { count: 1_000 });
    expect(head).toEqual({ height, id: node.lastAccepted().id });
    expect(parent).toEqual(node.blocks.getBlockId(0));
    expect(blocks).toEqual(
      Array.from({ length: height }, (_, i) => new Uint8Array(node.blocks.getBlock(i + 1)!.block.bytes)),
    );
    expect(await client.getBlockBytes(height + 2, { count: 9, wait: 60_000 })).toEqual({ head, blocks: [] });
    const waiting = client.getBlockBytes(height + 1, { wait: 20_000 });
    setTimeout(() => node.mine(), 30);
    const next = await waiting;
    expect([next.blocks.length, next.head.height]).toEqual([1, height + 1]);
    expect(next.parent).toEqual(head.id);
    expect((await client.getBlockBytes(0, { count: 0 })).blocks).toEqual([]);
  },
  // A node over a store in memory has none; snapshot.test.ts has one that has.
  listSnapshots: async ({ client }: Fixture): Promise<void> => {
    expect(await client.listSnapshots()).toEqual({ snapshots: [] });
  },
  getSnapshot: async ({ client }: Fixture): Promise<void> => {
    await expect(client.getSnapshot(1)).rejects.toMatchObject({ code: 'not_found' });
  },
  getSnapshotChunk: async ({ client }: Fixture): Promise<void> => {
    await expect(client.getSnapshotChunk(1, { index: 0 })).rejects.toMatchObject({ code: 'not_found' });
  },
} as const;
