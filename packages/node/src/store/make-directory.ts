import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );

/**
 * Makes a directory and those above it, one after the other: the platform's own way never ends where a file system says
 * that a parent exists and nothing can be made in it, as below /proc.
 * @throws the system's error
 */
export async function makeDirectory(path: string): Promise<void> {
  const missing: string[] = [];
  let at = resolve(path);
  while (!(await isThere(at)) && dirname(at) !== at) {
    missing.push(at);
    at = dirname(at);
  }
  for (const one of missing.reverse()) {
    await mkdir(one).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}
