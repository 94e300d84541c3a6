import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeDirectory } from '../../src/store/make-directory.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

describe('a directory', () => {
  it('is made with those above it, and may be there already', async () => {
    const path = join(temporaryDirectory(), 'a', 'b', 'c');
    await makeDirectory(path);
    await makeDirectory(path);
    expect(statSync(path).isDirectory()).toBe(true);
  });

  it.skipIf(process.platform !== 'linux')('cannot be made below /proc, and nobody waits for it', async () => {
    await expect(makeDirectory('/proc/no-such-thing/x')).rejects.toMatchObject({ code: expect.any(String) });
  });

  it('cannot be made below a file', async () => {
    const file = join(temporaryDirectory(), 'file');
    writeFileSync(file, '');
    await expect(makeDirectory(join(file, 'x'))).rejects.toMatchObject({ code: expect.any(String) });
  });
});
