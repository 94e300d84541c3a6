import { scrypt } from 'node:crypto';
import { constants } from 'node:fs';
import { open, readFile, stat, unlink } from 'node:fs/promises';
import { bytesToHex, hexToBytes, isHex } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import type { Scrypt } from '@aivm/sdk';

const KEY_BYTES = 32;
const OWNER_ONLY = 0o600;
const OTHERS_MASK = 0o077;

/** A secret key from what a key file holds: 64 hex digits, optional 0x, one line. */
export function parseKeyText(text: string, name: string): Uint8Array {
  const digits = text.trim();
  if (!isHex(digits) || hexToBytes(digits).length !== KEY_BYTES) {
    throw new AivmError('malformed', `${name}: expected a secret key of 64 hex digits`);
  }
  return hexToBytes(digits);
}

/**
 * Writes a new key file that only its owner may read.
 *
 * @param getPassword its password encrypts the key in the form of Ethereum's tools; left out: 64 hex digits in the clear
 * @throws AivmError `id_taken` if the file exists
 */
export async function writeKeyFile(
  path: string,
  key: Uint8Array,
  getPassword?: () => Promise<string>,
): Promise<void> {
  const flags = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY;
  const file = await open(path, flags, OWNER_ONLY).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'EEXIST')
      throw new AivmError('id_taken', `${path} exists; keys are never overwritten`);
    throw new AivmError('not_found', `${path}: ${cause.message}`, { cause });
  });
  try {
    const text =
      getPassword === undefined ? `0x${bytesToHex(key)}` : await encrypted(key, await getPassword());
    await file.writeFile(`${text}\n`);
    await file.sync();
  } catch (error) {
    await unlink(path);
    throw error;
  } finally {
    await file.close();
  }
}

/** Three times as quick as JavaScript. */
const nativeScrypt: Scrypt = (password, salt, { N, r, p, dkLen }) =>
  new Promise((resolve, reject) => {
    scrypt(password, salt, dkLen, { N, r, p, maxmem: 256 * N * r }, (error, derived) => {
      if (error === null) resolve(new Uint8Array(derived));
      else reject(error);
    });
  });

const encrypted = async (key: Uint8Array, password: string): Promise<string> => {
  const { encryptKeystore } = await import('@aivm/sdk');
  return JSON.stringify(await encryptKeystore(key, password, { scrypt: nativeScrypt }));
};

/** How a key file is opened. */
export interface ReadKeyOptions {
  /** Called if others may read the file too. */
  readonly warn: (text: string) => void;
  /** Called only if the file is encrypted. */
  readonly getPassword: () => Promise<string>;
}

/** Reads a key file, encrypted or in the clear. @throws AivmError `forbidden` if the password does not open it. */
export async function readKeyFile(path: string, { warn, getPassword }: ReadKeyOptions): Promise<Uint8Array> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new AivmError('not_found', `no key file at ${path}`, { cause });
  });
  const { mode } = await stat(path);
  if ((mode & OTHERS_MASK) !== 0 && process.platform !== 'win32') {
    warn(`warning: ${path} can be read by others; run: chmod 600 ${path}`);
  }
  if (!text.trimStart().startsWith('{')) return parseKeyText(text, path);
  const { decryptKeystore, parseJson } = await import('@aivm/sdk');
  try {
    return await decryptKeystore(parseJson(text), await getPassword(), { scrypt: nativeScrypt });
  } catch (cause) {
    if (cause instanceof AivmError) throw new AivmError(cause.code, `${path}: ${cause.message}`, { cause });
    throw cause;
  }
}
