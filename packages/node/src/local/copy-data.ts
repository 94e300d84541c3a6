import { constants, copyFile, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import { ClassicLevelStore } from '../store/classic-level-store.ts';
import { storeKeys } from '../store/columns.ts';
import { copyStore, type StoreCopy } from '../store/copy-store.ts';
import type { KeyValueStore } from '../store/key-value-store.ts';
import { makeDirectory } from '../store/make-directory.ts';
import { headCodec } from '../store/records.ts';
import { storeError } from '../store/store-error.ts';
import { blobDirectory } from './open-kept-blobs.ts';
import { databaseDirectory } from './open-node.ts';

/** A copy of what a node keeps. */
export interface DataCopy extends StoreCopy {
  /** Of the last accepted block in it. */
  readonly height: number;
  /** 32 bytes: its id. */
  readonly block: Uint8Array;
  /** Weights of networks that stand beside the database. */
  readonly blobs: number;
}

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

/** A copy that shares its blocks with the original where the file system can; on the disk once it resolves. */
async function copyDurably(from: string, to: string): Promise<void> {
  await copyFile(from, to, constants.COPYFILE_FICLONE);
  const file = await open(to, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The blobs that are whole; one that the node drops meanwhile is left out. */
async function copyBlobs(from: string, to: string, signal?: AbortSignal): Promise<number> {
  const names = await readdir(from).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  const blobs = names.filter((name) => name.endsWith('.blob')).map((name) => name.slice(0, -'.blob'.length));
  if (blobs.length > 0) await makeDirectory(to);
  let count = 0;
  for (const name of blobs) {
    signal?.throwIfAborted();
    try {
      for (const file of [`${name}.chunks`, `${name}.blob`])
        await copyDurably(join(from, file), join(to, file));
      count++;
    } catch (error) {
      if (!isMissing(error)) throw error;
      await rm(join(to, `${name}.chunks`), { force: true });
    }
  }
  return count;
}

async function headOf(directory: string): Promise<Pick<DataCopy, 'height' | 'block'>> {
  const store = await ClassicLevelStore.open(directory);
  try {
    const bytes = store.get(storeKeys.head);
    if (bytes === undefined) throw new AivmError('data_dir_corrupt', `${directory}: holds no chain`);
    const { height, id } = parse(headCodec, bytes);
    return { height, block: id };
  } finally {
    await store.close();
  }
}

/**
 * Copies the database and the blobs of a node, which may run and make blocks meanwhile, into the data directory `to`. The copy
 * is that of one moment; it is opened once, which reads it against its checksums.
 * @throws AivmError `data_dir_corrupt`, `store_unavailable`; the signal's reason
 */
export async function copyData(
  { store, dataDir }: { readonly store: KeyValueStore; readonly dataDir: string },
  to: string,
  signal?: AbortSignal,
): Promise<DataCopy> {
  try {
    const database = databaseDirectory(to);
    const copy = await copyStore(store, database, signal);
    const blobs = await copyBlobs(blobDirectory(dataDir), blobDirectory(to), signal);
    return { ...copy, ...(await headOf(database)), blobs };
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason;
    throw storeError(to, error);
  }
}
