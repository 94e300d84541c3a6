import { open, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { AivmError } from '@aivm/core/errors';
import { makeDirectory, storeError } from '@aivm/node';

/** Holds the file system's own number of this file, which a copy of it has not, and a checksum. */
const identityPath = (dataDirectory: string): string => join(dataDirectory, 'directory.id');

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

/**
 * Refuses a data directory that was copied: two producers that go on from it would make two chains with one id. Moving a
 * directory within a file system is no copy.
 *
 * @param options.adopt the copy becomes the chain: the original is gone, or will never make a block again
 * @throws AivmError `data_dir_foreign`, `data_dir_corrupt`, `store_unavailable`
 */
export async function claimDataDirectory(
  dataDirectory: string,
  { adopt = false }: { readonly adopt?: boolean } = {},
): Promise<void> {
  const isCopied = await isCopiedDirectory(dataDirectory);
  if (isCopied === false) return;
  if (isCopied === true && !adopt)
    throw new AivmError(
      'data_dir_foreign',
      `${dataDirectory} is a copy of another data directory: two nodes that go on from it would make two chains with one id. If the original will never make a block again, start once with --adopt`,
    );
  try {
    await makeDirectory(dataDirectory);
    await claim(identityPath(dataDirectory));
  } catch (error) {
    throw storeError(dataDirectory, error);
  }
}
