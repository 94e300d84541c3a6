import { link, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { bytesToUtf8 } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import { makeDirectory, storeError } from '@aivm/node';
import { parseJson } from '@aivm/sdk';

/** The genesis of a data directory, kept with its database so that it can be opened again and verified. */
export const genesisPath = (dataDirectory: string): string => join(dataDirectory, 'genesis.json');

/** CRC-32 of the genesis file, eight hex digits: a changed file would otherwise look like another chain's. */
const checksumPath = (dataDirectory: string): string => join(dataDirectory, 'genesis.json.crc32');

/** Names of the files in which a data directory keeps its genesis. */
export const genesisFiles: readonly string[] = ['genesis.json.crc32', 'genesis.json'];

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
    await makeDirectory(dataDirectory);
    if ((await readIfThere(genesisPath(dataDirectory))) !== undefined) return;
    await rm(checksumPath(dataDirectory), { force: true });
    await writeOnce(checksumPath(dataDirectory), checksumOf(Buffer.from(text)));
    await writeOnce(genesisPath(dataDirectory), text);
  } catch (error) {
    throw storeError(dataDirectory, error);
  }
}

/** Some editors write it at the beginning of a file; JSON has no place for it. */
const BYTE_ORDER_MARK = '\ufeff';

/**
 * The text of a JSON file that the command line names, without a byte order mark.
 * @throws AivmError `not_found`, `malformed` with the file's name.
 */
export async function readJsonFile(path: string, name: string): Promise<string> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    const code = codeOf(cause);
    const why = code === undefined || code === 'ENOENT' ? '' : `: ${code}`;
    throw new AivmError('not_found', `no ${name} at ${path}${why}`, { cause });
  });
  const decoded = bytesToUtf8(bytes);
  if (decoded === undefined) throw new AivmError('malformed', `${name} ${path}: not UTF-8; save it as UTF-8`);
  const text = decoded.startsWith(BYTE_ORDER_MARK) ? decoded.slice(1) : decoded;
  if (text.trim() === '')
    throw new AivmError('malformed', `${name} ${path}: the file is empty; write JSON into it`);
  try {
    parseJson(text);
  } catch (error) {
    if (error instanceof AivmError)
      throw new AivmError(error.code, `${name} ${path}: ${error.detail}`, { cause: error });
    throw error;
  }
  return text;
}
