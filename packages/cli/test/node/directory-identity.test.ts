import { cpSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claimDataDirectory, isCopiedDirectory } from '../../src/node/directory-identity.ts';

describe('a data directory', () => {
  let root = '';
  let original = '';
  let other = '';
  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), 'aivm-identity-'));
    [original, other] = [join(root, 'original'), join(root, 'other')];
    await claimDataDirectory(original);
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('is opened again, and after it was moved', async () => {
    await claimDataDirectory(original);
    renameSync(original, other);
    await claimDataDirectory(other);
    expect(readdirSync(other)).toEqual(['directory.id']);
  });

  it('is refused as a copy until somebody says that the original is gone', async () => {
    cpSync(original, other, { recursive: true });
    await expect(claimDataDirectory(other)).rejects.toMatchObject({
      code: 'data_dir_foreign',
      message: expect.stringContaining('start once with --adopt'),
    });
    expect([await isCopiedDirectory(original), await isCopiedDirectory(other)]).toEqual([false, true]);
    await claimDataDirectory(other, { adopt: true });
    await claimDataDirectory(other);
    await claimDataDirectory(original);
  });

  it('is damaged by any flipped bit of the file that tells it apart', async () => {
    const path = join(original, 'directory.id');
    const sound = readFileSync(path);
    for (let at = 0; at < sound.length; at++) {
      const bytes = Buffer.from(sound);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8));
      writeFileSync(path, bytes);
      await expect(claimDataDirectory(original)).rejects.toMatchObject({ code: 'data_dir_corrupt' });
    }
  });
});
