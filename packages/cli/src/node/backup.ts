import {
  access,
  constants,
  copyFile,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  writeFile,
} from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { bytesToHex } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import {
  blobDirectory,
  copyData,
  type DataCopy,
  databaseDirectory,
  installCrypto,
  makeDirectory,
  openNode,
  storeError,
} from '@aivm/node';
import { toJsonLine } from '../json-line.ts';
import { VERSION_TEXT } from '../version-text.ts';
import { identityFiles, unfinishedPath } from './directory-identity.ts';
import { genesisFiles, keepGenesis, readKeptGenesis } from './genesis-file.ts';

const MANIFEST = 'backup.json';
const FORMAT = 1;

/** What a backup says of itself. */
export interface BackupManifest {
  readonly format: number;
  /** Of the program that took it. */
  readonly version: string;
  readonly takenAt: string;
  readonly height: number;
  /** Id of the block at that height, with 0x. */
  readonly block: string;
  readonly entries: number;
  readonly bytes: number;
  readonly blobs: number;
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    (error: unknown) => {
      if (codeOf(error) === 'ENOENT') return false;
      throw storeError(path, error);
    },
  );

async function copyIfThere(names: readonly string[], from: string, to: string): Promise<void> {
  for (const name of names) {
    await copyFile(join(from, name), join(to, name)).catch((error: unknown) => {
      if (codeOf(error) !== 'ENOENT') throw error;
    });
  }
}

/** Copies what a node keeps into a new folder, or says why not; `copy` is the part that the node does. */
export async function writeBackup(
  dataDirectory: string,
  to: string,
  copy: (part: string) => Promise<DataCopy>,
): Promise<BackupManifest> {
  const target = resolve(to);
  if (await exists(target)) throw new AivmError('id_taken', `${target}: is there already; name a new folder`);
  const part = `${target}.part`;
  try {
    await makeDirectory(dirname(target));
    // What an earlier backup left that was cut off.
    await rm(part, { recursive: true, force: true });
    await mkdir(part);
    const { height, block, entries, bytes, blobs } = await copy(part);
    await copyIfThere([...genesisFiles, ...identityFiles], dataDirectory, part);
    const manifest: BackupManifest = {
      ...{ format: FORMAT, version: VERSION_TEXT, takenAt: new Date().toISOString(), height },
      ...{ block: `0x${bytesToHex(block)}`, entries, bytes, blobs },
    };
    await writeFile(join(part, MANIFEST), `${toJsonLine(manifest)}\n`, { flush: true });
    await rename(part, target);
    return manifest;
  } catch (error) {
    await rm(part, { recursive: true, force: true }).catch(() => undefined);
    throw storeError(target, error);
  }
}

/** A backup of a data directory that no node runs on. @throws AivmError `data_dir_locked` where one does */
export async function backUpStopped(
  dataDirectory: string,
  to: string,
  signal: AbortSignal,
): Promise<BackupManifest> {
  const genesis = await readKeptGenesis(dataDirectory);
  if (genesis === undefined) throw new AivmError('not_found', `${dataDirectory}: holds no chain`);
  installCrypto();
  const { node, store } = await openNode({ dataDir: dataDirectory, genesis });
  try {
    return await writeBackup(dataDirectory, to, (part) =>
      copyData({ store, dataDir: dataDirectory }, part, signal),
    );
  } finally {
    await node.close(new AivmError('not_initialized', 'the backup is taken'));
    await store.close();
  }
}

/** @throws AivmError `not_found`, `malformed` */
async function readManifest(from: string): Promise<BackupManifest> {
  const path = join(from, MANIFEST);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR')
      throw new AivmError('not_found', `${from}: is no backup: it has no ${MANIFEST}`);
    throw storeError(path, error);
  });
  let manifest: Partial<BackupManifest>;
  try {
    manifest = JSON.parse(text);
  } catch (cause) {
    throw new AivmError('malformed', `${path}: no JSON`, { cause });
  }
  if (manifest.format !== FORMAT)
    throw new AivmError('malformed', `${path}: format ${manifest.format}, this version reads ${FORMAT}`);
  return manifest as BackupManifest;
}

/** The files of a folder, on the disk once it resolves; none where there is no such folder. */
async function copyFolder(from: string, to: string, signal: AbortSignal): Promise<void> {
  const names = await readdir(from).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  });
  if (names.length > 0) await makeDirectory(to);
  for (const name of names) {
    signal.throwIfAborted();
    await copyFile(join(from, name), join(to, name), constants.COPYFILE_FICLONE);
    const file = await open(join(to, name), 'r+');
    await file.sync().finally(() => file.close());
  }
}

/** An empty folder, or one that a restore left which was cut off. @throws AivmError `id_taken` for any other */
async function clearTarget(directory: string): Promise<void> {
  const names = await readdir(directory).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  });
  if (names.length > 0 && !(await exists(unfinishedPath(directory))))
    throw new AivmError('id_taken', `${directory}: is not empty; a backup is restored into a new folder`);
  for (const name of names) await rm(join(directory, name), { recursive: true, force: true });
  await makeDirectory(directory);
}

/** Opens the chain of a restored folder, which reads every file against its checksums. */
async function assertRestored(directory: string, { height, block }: BackupManifest): Promise<void> {
  const genesis = await readKeptGenesis(directory);
  if (genesis === undefined)
    throw new AivmError('data_dir_corrupt', `${directory}: the backup has no genesis`);
  installCrypto();
  const { node, store } = await openNode({ dataDir: directory, genesis });
  const { id, header } = node.lastAccepted();
  await node.close(new AivmError('not_initialized', 'the chain was looked at'));
  await store.close();
  const found = `0x${bytesToHex(id)}`;
  if (header.height !== height || found !== block)
    throw new AivmError(
      'data_dir_corrupt',
      `${directory}: ends with block ${header.height} ${found}, the backup was taken at ${height} ${block}`,
    );
}

/**
 * Makes a data directory of a backup. Without `adopt` it counts as a copy: a node makes blocks on it only once it is told
 * that the original will never make one again.
 * @throws AivmError `not_found`, `malformed`, `id_taken`, `data_dir_corrupt`, `store_unavailable`
 */
export async function restoreBackup(
  from: string,
  {
    dataDirectory,
    adopt,
    signal,
  }: { readonly dataDirectory: string; readonly adopt: boolean; readonly signal: AbortSignal },
): Promise<BackupManifest> {
  const manifest = await readManifest(from);
  try {
    await clearTarget(dataDirectory);
    await writeFile(unfinishedPath(dataDirectory), '', { flush: true });
    // File by file: the engine would write to a backup that it opens, and a disk of backups may be read-only.
    for (const folder of [databaseDirectory, blobDirectory])
      await copyFolder(folder(from), folder(dataDirectory), signal);
    const genesis = await readKeptGenesis(from);
    if (genesis === undefined) throw new AivmError('data_dir_corrupt', `${from}: the backup has no genesis`);
    await keepGenesis(dataDirectory, genesis);
    await assertRestored(dataDirectory, manifest);
    await copyIfThere(adopt ? [] : identityFiles, from, dataDirectory);
    await rm(unfinishedPath(dataDirectory));
    return manifest;
  } catch (error) {
    throw storeError(dataDirectory, error);
  }
}
