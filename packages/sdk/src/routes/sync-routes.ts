import * as z from 'zod';
import { count, waitDuration } from '../schemas/scalars.ts';
import {
  BLOCKS_PER_REQUEST_MAX,
  blockBytesSchema,
  SNAPSHOT_CHUNKS_MAX,
  snapshotChunkSchema,
  snapshotListSchema,
  snapshotManifestSchema,
} from '../schemas/sync.ts';
import { getRoute } from './define-route.ts';

/** Routes by which one node gets the chain from another. */
export const syncRoutes = {
  getBlockBytes: getRoute({
    name: 'getBlockBytes',
    path: '/blocks/:height/bytes',
    summary:
      'The canonical bytes of blocks from a height on, as many as come to about 1 MiB; with the id of the block before and of the last one.',
    params: z.object({ height: count() }),
    query: z.object({
      count: count(BLOCKS_PER_REQUEST_MAX).optional().describe('The most blocks to give; default 1.'),
      wait: waitDuration.optional().describe('Wait so long for the first of them.'),
    }),
    response: blockBytesSchema,
  }),
  listSnapshots: getRoute({
    name: 'listSnapshots',
    path: '/snapshots',
    summary: 'Snapshots of states that this node has, the newest first.',
    response: snapshotListSchema,
  }),
  getSnapshot: getRoute({
    name: 'getSnapshot',
    path: '/snapshots/:height',
    summary: 'The manifest of a snapshot: its header, and the hashes that its chunks lead to.',
    params: z.object({ height: count() }),
    response: snapshotManifestSchema,
    errors: ['not_found'],
  }),
  getSnapshotChunk: getRoute({
    name: 'getSnapshotChunk',
    path: '/snapshots/:height/chunk',
    summary: 'A chunk of a snapshot: the block (0), values of the state, or receipts.',
    params: z.object({ height: count() }),
    query: z.object({ index: count(SNAPSHOT_CHUNKS_MAX).describe('Below the number of its chunks.') }),
    response: snapshotChunkSchema,
    errors: ['not_found'],
  }),
} as const;
