import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { AivmError } from '@aivm/core';
import { storeError } from '@aivm/node';

/** The genesis of a data directory, kept with its database so that it can be opened again and verified. */
export const genesisPath = (dataDirectory: string): string => join(dataDirectory, 'genesis.json');

/** CRC-32 of the genesis file, eight hex digits: a changed file would otherwise look like another chain's. */
const checksumPath = (dataDirectory: string): string => join(dataDirectory, 'genesis.json.crc32');

const checksumOf = (bytes: Uint8Array): string => `${crc32(bytes).toString(16).padStart(8, '0')}\n`;

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  return readFile(path).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw storeError(path, error);
  });
}

/**
 * The genesis text that a data directory keeps; undefined if it has none.
 * @throws AivmError `data_dir_corrupt` if the file was changed or cut, `store_unavailable` if it cannot be read.
 */
export async function readKeptGenesis(dataDirectory: string): Promise<string | undefined> {
  const bytes = await readIfThere(genesisPath(dataDirectory));
  if (bytes === undefined) return undefined;
  const checksum = await readIfThere(checksumPath(dataDirectory));
  const isSound = checksum === undefined || Buffer.from(checksum).toString('latin1') === checksumOf(bytes);
  if (isSound && bytes.length > 0) return Buffer.from(bytes).toString('utf8');
  throw new AivmError(
    'data_dir_corrupt',
    `${genesisPath(dataDirectory)}: ${bytes.length} bytes that do not match ${checksumPath(dataDirectory)}`,
  );
}

/** Writes a file whole or not at all; one that is there stays. */
async function writeOnce(path: string, content: string): Promise<void> {
  const part = `${path}.${process.pid}.part`;
  const file = await open(part, 'w');
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    await link(part, path);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  } finally {
    await rm(part, { force: true });
  }
}

/**
 * Keeps a genesis in a data directory that has none, durably; the first one stays. The checksum comes first, so that a
 * genesis file never stands without one.
 * @throws AivmError `store_unavailable`.
 */
export async function keepGenesis(dataDirectory: string, text: string): Promise<void> {
  try {
    await mkdir(dataDirectory, { recursive: true });
    if ((await readIfThere(genesisPath(dataDirectory))) !== undefined) return;
    await rm(checksumPath(dataDirectory), { force: true });
    await writeOnce(checksumPath(dataDirectory), checksumOf(Buffer.from(text)));
    await writeOnce(genesisPath(dataDirectory), text);
  } catch (error) {
    throw storeError(dataDirectory, error);
  }
}

/** A JSON file that the command line names. @throws AivmError `not_found`, `malformed`. */
export async function readJsonFile(path: string, name: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: unknown) => {
    throw new AivmError('not_found', `no ${name} at ${path}`, { cause });
  });
}
