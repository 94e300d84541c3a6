import { open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { AivmError } from '@aivm/core/errors';
import { makeDirectory, storeError } from '@aivm/node';

/** Holds the file system's own number of this file, which a copy of it has not, and a checksum. */
const identityPath = (dataDirectory: string): string => join(dataDirectory, 'directory.id');

/** What tells a copy of a data directory, and a follower's, from one that makes blocks. */
export const identityFiles: readonly string[] = ['directory.id', 'follower'];

/** Stands in a data directory while a backup is restored into it. */
export const unfinishedPath = (dataDirectory: string): string => join(dataDirectory, 'restore.unfinished');

const textOf = (inode: string): string => `${inode} ${crc32(inode).toString(16).padStart(8, '0')}\n`;

/** Written whole or not at all; renaming keeps the number. */
async function claim(path: string): Promise<void> {
  const part = `${path}.part`;
  const file = await open(part, 'w');
  try {
    const { ino } = await file.stat({ bigint: true });
    await file.writeFile(textOf(String(ino)));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(part, path);
}

/**
 * Whether a data directory was copied since it was claimed; undefined if nobody claimed it.
 *
 * @throws AivmError `data_dir_corrupt`, `store_unavailable`
 */
export async function isCopiedDirectory(dataDirectory: string): Promise<boolean | undefined> {
  const path = identityPath(dataDirectory);
  const text = await readFile(path, 'latin1').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw storeError(path, error);
  });
  if (text === undefined) return undefined;
  const [inode = ''] = text.split(' ');
  if (text !== textOf(inode)) throw new AivmError('data_dir_corrupt', `${path}: its checksum does not match`);
  return inode !== String((await stat(path, { bigint: true })).ino);
}

/** Stands in the data directory of a node that orders nothing: whoever made blocks on it would make a second chain. */
const followerPath = (dataDirectory: string): string => join(dataDirectory, 'follower');

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw storeError(path, error);
    },
  );

/** Marks or unmarks a follower's directory. @throws AivmError `data_dir_foreign` for one that is to make blocks now. */
async function claimRole(dataDirectory: string, { adopt, follows }: Required<ClaimOptions>): Promise<void> {
  const path = followerPath(dataDirectory);
  if (follows) {
    await writeFile(path, '');
    return;
  }
  if (!(await isThere(path))) return;
  if (!adopt)
    throw new AivmError(
      'data_dir_foreign',
      `${dataDirectory} is a follower's: a node that makes blocks on it makes a second chain with one id. Start it with --follow; or, if the nodes that it followed will never make a block again, once with --adopt`,
    );
  await rm(path, { force: true });
}

/** For what a data directory is opened. */
export interface ClaimOptions {
  /** The copy, or the follower's directory, becomes the chain: the original is gone, or will never make a block again. */
  readonly adopt?: boolean;
  /** The node makes no blocks: then a copy is no second chain. */
  readonly follows?: boolean;
}

/**
 * Refuses a data directory that was copied: two producers that go on from it would make two chains with one id. Moving a
 * directory within a file system is no copy.
 *
 * @throws AivmError `data_dir_foreign`, `data_dir_corrupt`, `store_unavailable`
 */
export async function claimDataDirectory(
  dataDirectory: string,
  { adopt = false, follows = false }: ClaimOptions = {},
): Promise<void> {
  if (await isThere(unfinishedPath(dataDirectory)))
    throw new AivmError(
      'data_dir_corrupt',
      `${dataDirectory}: a backup was being restored here and it was cut off: run aivm restore again`,
    );
  const isCopied = await isCopiedDirectory(dataDirectory);
  if (isCopied === true && !adopt && !follows)
    throw new AivmError(
      'data_dir_foreign',
      `${dataDirectory} is a copy of another data directory: two nodes that go on from it would make two chains with one id. If the original will never make a block again, start once with --adopt`,
    );
  try {
    await makeDirectory(dataDirectory);
    await claimRole(dataDirectory, { adopt, follows });
    if (isCopied !== false) await claim(identityPath(dataDirectory));
  } catch (error) {
    throw error instanceof AivmError ? error : storeError(dataDirectory, error);
  }
}
