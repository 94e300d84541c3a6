import { bytesToHex } from '@aivm/core/bytes';
import { AivmError, ErrNotInitialized } from '@aivm/core/errors';
import { hashGenesis } from '@aivm/core/execute';
import type { Client } from '@aivm/sdk';
import { type OpenNodeOptions, openNode } from '../../local/open-node.ts';
import type { TrustedBlock } from '../../snapshot/restore-snapshot.ts';
import { parseSnapshot, type Snapshot } from '../../snapshot/snapshot.ts';
import { SnapshotFolder } from '../../snapshot/snapshot-folder.ts';
import type { Snapshots } from '../../snapshot/snapshots.ts';
import { BlockSource } from './block-source.ts';

/** Where a snapshot comes from, chunk by chunk. */
interface SnapshotOrigin {
  readonly snapshot: Snapshot;
  readChunk(index: number): Promise<Uint8Array>;
}

const TRIES_MAX = 3;
const CHUNK_TIMEOUT_MS = 120_000;

/** @throws AivmError `not_found` with the heights that there are. */
async function originAt({ client, url }: BlockSource, { height }: TrustedBlock): Promise<SnapshotOrigin> {
  const { snapshots } = await client.listSnapshots();
  if (!snapshots.some((one) => one.height === height)) {
    const list = snapshots.map((one) => `${one.height}:0x${bytesToHex(one.block)}`);
    throw new AivmError(
      'not_found',
      `${url}: no snapshot of height ${height}; it has ${list.length === 0 ? 'none' : list.join(', ')}`,
    );
  }
  const { manifest } = await client.getSnapshot(height);
  return { snapshot: parseSnapshot(manifest), readChunk: (index) => fetchChunk(client, height, index) };
}

async function fetchChunk(client: Client, height: number, index: number): Promise<Uint8Array> {
  return (await client.getSnapshotChunk(height, { index }, { timeoutMs: CHUNK_TIMEOUT_MS })).bytes;
}

async function originIn(directory: string, { height }: TrustedBlock): Promise<SnapshotOrigin> {
  const folder = new SnapshotFolder(directory);
  const snapshot = await folder.open(height);
  if (snapshot === undefined) {
    const heights = await folder.heights();
    throw new AivmError(
      'not_found',
      `${directory}: no snapshot of height ${height}; it has ${heights.join(', ') || 'none'}`,
    );
  }
  return {
    snapshot,
    readChunk: async (index) => {
      const bytes = await folder.readChunk(height, index);
      if (bytes === undefined)
        throw new AivmError('not_found', `${directory}: chunk ${index} of height ${height} is missing`);
      return bytes;
    },
  };
}

/** How a node begins with a snapshot. */
export type BeginOptions = OpenNodeOptions & {
  /** The block whose state it begins with, which somebody vouches for. */
  readonly trusted: TrustedBlock;
  /** Nodes that have the snapshot, tried one after the other; or the folder that holds it. */
  readonly from: readonly string[] | { readonly directory: string };
  /** Called after every chunk. */
  readonly onChunk?: ((chunk: { readonly index: number; readonly count: number }) => void) | undefined;
};

async function receive(snapshots: Snapshots, origin: SnapshotOrigin, options: BeginOptions): Promise<void> {
  const { snapshot } = origin;
  const receipt = await snapshots.receive(snapshot, options.trusted);
  try {
    for (let index = 0; index < snapshot.chunkCount; index++) {
      for (let tries = 1; ; tries++) {
        try {
          await receipt.take(index, await origin.readChunk(index));
          break;
        } catch (error) {
          const isPassing =
            error instanceof AivmError && (error.code === 'unreachable' || error.code === 'timeout');
          if (!isPassing || tries === TRIES_MAX) throw error;
        }
      }
      options.onChunk?.({ index, count: snapshot.chunkCount });
    }
  } catch (error) {
    await receipt.abandon();
    throw error;
  }
}

/**
 * Brings a data directory whose chain is at its genesis to a snapshot, each chunk verified before it is kept. A chain that
 * has blocks is left as it is. @returns the height that the directory is at.
 * @throws AivmError `malformed` that names a wrong chunk, `not_found`, `wrong_chain`, `unreachable`; nothing is restored then.
 * @example await beginWithSnapshot({ genesis, dataDir, trusted: { height, id }, from: ['http://127.0.0.1:9650'] });
 */
export async function beginWithSnapshot(options: BeginOptions): Promise<number> {
  const { node, genesis, store } = await openNode(options);
  try {
    const { snapshots } = node;
    if (node.lastAccepted().header.height > 0) return node.lastAccepted().header.height;
    if (snapshots === undefined) throw new AivmError('not_supported', 'a snapshot needs a data directory');
    if ('directory' in options.from) {
      await receive(snapshots, await originIn(options.from.directory, options.trusted), options);
      return node.lastAccepted().header.height;
    }
    const chain = { chainId: genesis.chainId, genesisHash: hashGenesis(genesis) };
    let last: unknown = new AivmError('not_found', 'a snapshot: name a node that has one');
    for (const url of options.from) {
      try {
        const source = new BlockSource(url, chain);
        await receive(snapshots, await originAt(source, options.trusted), options);
        return node.lastAccepted().header.height;
      } catch (error) {
        if (!(error instanceof AivmError)) throw error;
        last = error;
      }
    }
    throw last;
  } finally {
    await node.close(new ErrNotInitialized('the snapshot is restored'));
    await store.close();
  }
}
