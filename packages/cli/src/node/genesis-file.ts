import { constants } from 'node:fs';
import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AivmError } from '@aivm/core';

/** The genesis of a data directory, kept beside its database so that it can be opened again and verified. */
export const genesisPath = (dataDirectory: string): string => join(dataDirectory, 'genesis.json');

/** The genesis text that a data directory keeps; undefined where it has none. */
export async function readKeptGenesis(dataDirectory: string): Promise<string | undefined> {
  try {
    return await readFile(genesisPath(dataDirectory), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new AivmError('data_dir_corrupt', `${dataDirectory}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** Keeps a genesis in a data directory that has none, durably; the first one stays. */
export async function keepGenesis(dataDirectory: string, text: string): Promise<void> {
  try {
    await mkdir(dataDirectory, { recursive: true });
    const file = await open(
      genesisPath(dataDirectory),
      constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY,
    );
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
    throw new AivmError('store_unavailable', `${dataDirectory}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** A JSON file that the command line names. @throws AivmError `not_found`, `malformed`. */
export async function readJsonFile(path: string, name: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: unknown) => {
    throw new AivmError('not_found', `no ${name} at ${path}`, { cause });
  });
}
