import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AivmError } from '@aivm/core/errors';

/** Beside LevelDB's files, which it leaves alone: says how this code keeps values in them. */
const NAME = 'AIVM-VALUES';
const TEXT = 'aivm values 1: each value is followed by the CRC-32 of its key and itself\n';

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

async function readText(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
}

/**
 * Whether `directory` holds a database, and one whose values carry checksums. A new database gets its marker first, so
 * that a crash between the two leaves a directory that opens.
 * @throws AivmError `data_dir_foreign`, `data_dir_corrupt`.
 */
export async function claimDirectory(directory: string): Promise<{ readonly isNew: boolean }> {
  const isNew = (await readText(join(directory, 'CURRENT'))) === undefined;
  const text = await readText(join(directory, NAME));
  if (text === TEXT) return { isNew };
  if (text !== undefined) throw new AivmError('data_dir_corrupt', `${directory}: ${NAME} is damaged`);
  if (!isNew) {
    throw new AivmError(
      'data_dir_foreign',
      `${directory}: written by a version whose values carry no checksums; start a new directory, or use that version`,
    );
  }
  const file = await open(join(directory, NAME), 'wx');
  try {
    await file.writeFile(TEXT);
    await file.sync();
  } finally {
    await file.close();
  }
  return { isNew };
}
