import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AivmError } from '@aivm/core/errors';
import { HEADER_BYTES_MAX, type NetworkHeader, parseNetworkHeader } from '@aivm/core/network';

/** A network as files: NAME.header and, beside it, NAME.blob. */
export interface NetworkFiles {
  readonly name: string;
  readonly header: NetworkHeader;
  readonly headerBytes: Uint8Array;
  /** Where the blob is; undefined if there is none. */
  readonly blobPath: string | undefined;
}

const HEADER_ENDING = '.header';

/**
 * Reads the header of a model: of a directory with one NAME.header, or of that file.
 *
 * @throws AivmError `not_found` if there is none or more than one, `malformed` or `model_refused` for a header that
 *   breaks its format
 */
export async function readNetworkFiles(path: string): Promise<NetworkFiles> {
  const headerPath = await headerPathOf(path);
  const { size } = await stat(headerPath);
  if (size > HEADER_BYTES_MAX)
    throw new AivmError(
      'too_large',
      `${headerPath}: ${size} bytes; a header has at most ${HEADER_BYTES_MAX}`,
    );
  const headerBytes = new Uint8Array(await readFile(headerPath));
  const blobPath = `${headerPath.slice(0, -HEADER_ENDING.length)}.blob`;
  const blob = await stat(blobPath).catch(() => undefined);
  return {
    name: headerPath.slice(headerPath.lastIndexOf('/') + 1, -HEADER_ENDING.length),
    header: parseNetworkHeader(headerBytes),
    headerBytes,
    blobPath: blob?.isFile() === true ? blobPath : undefined,
  };
}

async function headerPathOf(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw new AivmError('not_found', `${path}: no such file or directory`);
  if (!found.isDirectory()) {
    if (!path.endsWith(HEADER_ENDING))
      throw new AivmError('not_found', `${path}: expected a file NAME${HEADER_ENDING} or its directory`);
    return path;
  }
  const names = (await readdir(path)).filter((name) => name.endsWith(HEADER_ENDING));
  if (names.length !== 1)
    throw new AivmError(
      'not_found',
      `${path}: expected one file NAME${HEADER_ENDING}, found ${names.length}`,
    );
  return join(path, names[0]!);
}

/**
 * The blob of a model, in memory.
 *
 * @throws AivmError `not_found` without one, `malformed` if it is not as long as the header states
 */
export async function readNetworkBlob({ name, header, blobPath }: NetworkFiles): Promise<Uint8Array> {
  if (blobPath === undefined)
    throw new AivmError('not_found', `${name}.blob: there is none beside the header`);
  const { size } = await stat(blobPath);
  if (size !== header.blobBytes)
    throw new AivmError('malformed', `${blobPath}: ${size} bytes; the header states ${header.blobBytes}`);
  return new Uint8Array(await readFile(blobPath));
}
