import type { AivmError } from '@aivm/core/errors';
import type { NodeApi } from '../../local/node-api.ts';
import type { HandlerCall, Handlers } from '../handler.ts';
import { notFound } from './not-found.ts';

/** Bytes of blocks of one answer, unless the first alone has more. */
const ANSWER_BYTES_MAX = 1_048_576;

/** Blocks from a height on; whoever reads them pays for the bytes, as of every answer. */
function blocksFrom(node: NodeApi, from: number, count: number): readonly Uint8Array[] {
  const blocks: Uint8Array[] = [];
  let size = 0;
  while (blocks.length < count) {
    const bytes = node.blocks.getBlock(from + blocks.length)?.block.bytes;
    if (bytes === undefined || (blocks.length > 0 && size + bytes.length > ANSWER_BYTES_MAX)) break;
    blocks.push(bytes);
    size += bytes.length;
  }
  return blocks;
}

async function getBlockBytes(
  { params: { height }, query: { count = 1, wait = 0 }, signal }: HandlerCall<'getBlockBytes'>,
  { node }: { readonly node: NodeApi },
) {
  // At most the next one is worth waiting for: nobody knows when one further up comes.
  const isNext = height === node.lastAccepted().header.height + 1;
  if (isNext && wait > 0) await node.waitForBlock(height - 1, { timeoutMs: wait, signal });
  const { id, header } = node.lastAccepted();
  const parent = height === 0 ? undefined : node.blocks.getBlockId(height - 1);
  return {
    head: { height: header.height, id },
    ...(parent === undefined ? {} : { parent }),
    blocks: [...blocksFrom(node, height, count)],
  };
}

const noSnapshot = (height: number): AivmError => notFound(`a snapshot of height ${height}`);

/** What other nodes follow this one by, and begin with. */
export const syncReads: Handlers<'getBlockBytes' | 'listSnapshots' | 'getSnapshot' | 'getSnapshotChunk'> = {
  getBlockBytes: (call, context) => getBlockBytes(call, context),
  listSnapshots: async (_, { node }) => {
    const snapshots = (await node.snapshots?.list()) ?? [];
    return {
      snapshots: snapshots.map(({ header, blockId, hash, format, chunkCount }) => ({
        height: header.height,
        block: blockId,
        hash,
        format,
        chunks: chunkCount,
      })),
    };
  },
  getSnapshot: async ({ params: { height } }, { node }) => {
    const snapshot = await node.snapshots?.open(height);
    if (snapshot === undefined) throw noSnapshot(height);
    return { manifest: snapshot.bytes };
  },
  getSnapshotChunk: async ({ params: { height }, query: { index } }, { node }) => {
    const bytes = await node.snapshots?.readChunk(height, index);
    if (bytes === undefined) throw notFound(`chunk ${index} of a snapshot of height ${height}`);
    return { bytes };
  },
};
