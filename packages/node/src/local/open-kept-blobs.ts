import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Log } from '../log.ts';
import { BlobStore } from '../store/blob-store.ts';
import { keepBlobs } from './keep-blobs.ts';
import type { NodeApi } from './node-api.ts';

const BLOB_BYTES_MAX: number = 64 * 2 ** 30;

/** The blobs' folder within a data directory. */
export const blobDirectory = (dataDir: string): string => join(dataDir, 'blobs');

/** A store of blobs, swept from time to time. */
export interface KeptBlobs {
  readonly store: BlobStore;
  close(): Promise<void>;
}

/** The blobs of a data directory; without one, those of a temporary directory that is gone when it is closed. */
export async function openKeptBlobs({
  dataDir,
  blobBytesMax: bytesMax = BLOB_BYTES_MAX,
  node,
  log,
}: {
  readonly dataDir?: string | undefined;
  /** Bytes in all; 0: none are kept. */
  readonly blobBytesMax?: number | undefined;
  readonly node: NodeApi;
  readonly log: Log;
}): Promise<KeptBlobs | undefined> {
  if (bytesMax === 0) return undefined;
  const directory =
    dataDir === undefined ? await mkdtemp(join(tmpdir(), 'aivm-blobs-')) : blobDirectory(dataDir);
  const store = await BlobStore.open({ directory, bytesMax });
  const { stop } = keepBlobs({ node, blobs: store, log });
  return {
    store,
    close: async () => {
      stop();
      if (dataDir === undefined) await rm(directory, { recursive: true, force: true });
    },
  };
}
