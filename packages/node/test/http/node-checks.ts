import { listRoutes } from '@aivm/sdk';
import { expect } from 'vitest';
import type { Fixture } from './fixture.ts';

/** Routes about the node itself; it keeps no blobs, whose transfer is in blobs.test.ts. */
export const nodeChecks = {
  getGameMoves: async ({ client, node }: Fixture) => {
    const { height } = node.lastAccepted().header;
    expect(await client.getGameMoves('t-1')).toEqual({ task_id: 't-1', moves: [], height });
  },
  getOpenapi: async ({ client }: Fixture) => {
    const document = await client.getOpenapi();
    expect(Object.keys(document.paths as object)).toHaveLength(
      new Set(listRoutes().map(({ path }) => path)).size,
    );
  },
  getBlob: async ({ client }: Fixture) => {
    const pieces = client.fetchBlob({ hash: new Uint8Array(32), size: 128 });
    await expect(pieces.next()).rejects.toMatchObject({ detail: 'blobs: this node keeps none' });
  },
  getBlobProof: async ({ client }: Fixture) => {
    const proof = client.call('getBlobProof', { params: { hash: new Uint8Array(32) }, query: {} });
    await expect(proof).rejects.toMatchObject({ code: 'not_found', detail: 'blobs: this node keeps none' });
  },
  putBlob: async ({ client }: Fixture) => {
    const put = client.putBlob({ hash: new Uint8Array(32), model: 'm', bytes: new Uint8Array(1) });
    await expect(put).rejects.toMatchObject({ code: 'not_found', detail: 'blobs: this node keeps none' });
  },
};
