import * as z from 'zod';
import { base64Bytes, count, hexBytes } from './scalars.ts';

/** The most blocks of one request for their bytes. */
export const BLOCKS_PER_REQUEST_MAX = 1_024;

/** Blocks as they are executed and hashed, and where the node that gives them stands. */
export const blockBytesSchema = z.object({
  /** The last accepted block. */
  head: z.object({ height: count(), id: hexBytes(32) }),
  /** The id of the block below the height that was asked for; absent where the node has none. */
  parent: hexBytes(32).optional(),
  blocks: z.array(base64Bytes),
});
export type BlockBytes = z.output<typeof blockBytesSchema>;

/** More chunks than any snapshot has. */
export const SNAPSHOT_CHUNKS_MAX = 131_072;

/** What names a snapshot. */
export const snapshotListSchema = z.object({
  snapshots: z.array(
    z.object({
      height: count(),
      /** The id of its block: what somebody has to trust. */
      block: hexBytes(32),
      /** The hash of its manifest. */
      hash: hexBytes(32),
      format: count(),
      chunks: count(),
    }),
  ),
});
export const snapshotManifestSchema = z.object({ manifest: base64Bytes });
export const snapshotChunkSchema = z.object({ bytes: base64Bytes });
