import { matchesGlob } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SLOW_TESTS } from './slow-tests.ts';
import { filesBelow, packageNames } from './source-tree.ts';

const files = [...packageNames().map((name) => `packages/${name}/test`), 'test']
  .flatMap(filesBelow)
  .filter((path) => path.endsWith('.test.ts'));

describe('the list of slow tests', () => {
  it.each(SLOW_TESTS)('%s names files that there are', (pattern) => {
    expect(files.filter((path) => matchesGlob(path, pattern))).not.toEqual([]);
  });

  it('leaves most files to every run, of every package', () => {
    const quick = files.filter((path) => !SLOW_TESTS.some((pattern) => matchesGlob(path, pattern)));
    expect(quick.length).toBeGreaterThan(files.length * 0.7);
    expect(new Set(quick.map((path) => path.split('/')[1]))).toEqual(
      new Set([
        ...packageNames(),
        ...quick.filter((path) => path.startsWith('test/')).map((path) => path.split('/')[1]),
      ]),
    );
  });
});
