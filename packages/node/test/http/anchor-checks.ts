import { expect } from 'vitest';
import type { Fixture } from './fixture.ts';

/** The routes over anchors and disputes, for the table of all routes. The scenario made anchors in blocks 4, 8 and 12. */
export const anchorChecks: Readonly<
  Record<
    'listAnchors' | 'getAnchorSignatures' | 'getAnchorValidators' | 'listDisputes' | 'getDispute',
    (fixture: Fixture) => Promise<void>
  >
> = {
  // Where nobody signs; networks whose validators do are in test/hosts/abci.
  getAnchorSignatures: async ({ client }) => {
    await expect(client.getAnchorSignatures(0)).rejects.toMatchObject({ code: 'not_found' });
  },
  getAnchorValidators: async ({ client }) => {
    await expect(client.getAnchorValidators()).rejects.toMatchObject({ code: 'not_found' });
  },
  listAnchors: async ({ client, node }) => {
    expect(await client.listAnchors()).toEqual({ count: 3, sinks: [], anchors: expect.any(Array) });
    const page = await client.listAnchors({ limit: 1 });
    expect(page.anchors).toMatchObject([{ number: 2n, height: 12, epoch: 0, chain_id: 1337n }]);
    const [last] = page.anchors;
    expect(node.blocks.getBlock(last!.block_hash)?.block.header).toMatchObject({
      height: 12,
      receiptsRoot: last!.commit_root,
      receiptCount: last!.receipt_count,
    });
    const rest = await client.listAnchors({ cursor: page.next_cursor });
    expect(rest.next_cursor).toBeUndefined();
    expect(rest.anchors[0]?.commit_root).toEqual(last?.parent_root);
    await expect(client.listAnchors({ cursor: 'x' })).rejects.toMatchObject({ code: 'malformed' });
  },
  listDisputes: async ({ client }) => {
    expect(await client.listDisputes({ verdict: 'open' })).toEqual({ disputes: [] });
  },
  getDispute: async ({ client }) => {
    await expect(client.getDispute('t-1')).rejects.toMatchObject({ code: 'not_found' });
  },
};
