import { constants } from 'node:fs';
import { open, readFile, stat } from 'node:fs/promises';
import { bytesToHex, hexToBytes, isHex } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';

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

/** Writes a new key file that only its owner may read. @throws AivmError `id_taken` where the file exists. */
export async function writeKeyFile(path: string, key: Uint8Array): Promise<void> {
  const flags = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY;
  const file = await open(path, flags, OWNER_ONLY).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'EEXIST')
      throw new AivmError('id_taken', `${path} exists; keys are never overwritten`);
    throw new AivmError('not_found', `${path}: ${cause.message}`, { cause });
  });
  try {
    await file.writeFile(`0x${bytesToHex(key)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Reads a key file; `warn` is told when others may read it too. */
export async function readKeyFile(path: string, warn: (text: string) => void): Promise<Uint8Array> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new AivmError('not_found', `no key file at ${path}`, { cause });
  });
  const { mode } = await stat(path);
  if ((mode & OTHERS_MASK) !== 0 && process.platform !== 'win32') {
    warn(`warning: ${path} can be read by others; run: chmod 600 ${path}`);
  }
  return parseKeyText(text, path);
}
