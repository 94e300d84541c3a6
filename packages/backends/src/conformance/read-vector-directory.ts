import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { VectorText } from './vector-file.ts';

/**
 * Every `.json` file of a directory, by name in ascending order. Node only.
 * @throws the file system's error when the directory cannot be read, RangeError when it holds no vector file
 */
export function readVectorDirectory(directory: string): VectorText[] {
  const names = readdirSync(directory)
    .filter((name) => name.endsWith('.json'))
    .sort();
  if (names.length === 0) throw new RangeError(`directory: expected .json files, got none in ${directory}`);
  return names.map((name) => ({ name, text: readFileSync(join(directory, name), 'utf8') }));
}
