import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ClassicLevelStore } from '../../src/store/classic-level-store.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { describeStoreCompliance } from './store-compliance.ts';

const root = mkdtempSync(join(tmpdir(), 'aivm-node-test-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let opened = 0;
describeStoreCompliance('ClassicLevelStore', () => {
  opened++;
  return ClassicLevelStore.open(join(root, String(opened)));
});

const key = Uint8Array.of(1);

describe('ClassicLevelStore', () => {
  it('keeps what was written', async () => {
    const directory = temporaryDirectory();
    const first = await ClassicLevelStore.open(directory);
    await first.batch([{ type: 'put', key, value: key }], { sync: true });
    await first.close();
    const second = await ClassicLevelStore.open(directory);
    expect(second.get(key)).toEqual(key);
    await second.close();
  });

  it('names the directory that another one holds', async () => {
    const directory = temporaryDirectory();
    const holder = await ClassicLevelStore.open(directory);
    await expect(ClassicLevelStore.open(directory)).rejects.toMatchObject({
      code: 'data_dir_locked',
      exitCode: 6,
      detail: expect.stringContaining(directory),
    });
    await holder.close();
    await (await ClassicLevelStore.open(directory)).close();
  });

  it('names the directory whose files are damaged', async () => {
    const directory = temporaryDirectory();
    await (await ClassicLevelStore.open(directory)).close();
    writeFileSync(join(directory, 'CURRENT'), 'MANIFEST-999999');
    await expect(ClassicLevelStore.open(directory)).rejects.toMatchObject({
      code: 'data_dir_corrupt',
      detail: expect.stringContaining(directory),
    });
  });

  it('names the directory that cannot be one', async () => {
    const directory = join(temporaryDirectory(), 'file');
    writeFileSync(directory, '');
    await expect(ClassicLevelStore.open(directory)).rejects.toMatchObject({
      code: 'store_unavailable',
      detail: expect.stringContaining(directory),
    });
    const nested = join(temporaryDirectory(), 'a');
    mkdirSync(nested);
    await (await ClassicLevelStore.open(nested)).close();
  });
});
