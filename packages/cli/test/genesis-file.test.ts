import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { genesisPath, keepGenesis, readKeptGenesis } from '../src/node/genesis-file.ts';

const TEXT = '{"version":1,"message":"kept"}';

describe('the genesis of a data directory', () => {
  let directory = '';
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'aivm-genesis-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('is kept once, with nothing half written left behind', async () => {
    expect(await readKeptGenesis(directory)).toBeUndefined();
    await keepGenesis(directory, TEXT);
    await keepGenesis(directory, '{"another":true}');
    expect(await readKeptGenesis(directory)).toBe(TEXT);
    expect(readdirSync(directory).sort()).toEqual(['genesis.json', 'genesis.json.crc32']);
  });

  it('is damaged by any flipped bit', async () => {
    await keepGenesis(directory, TEXT);
    for (let at = 0; at < TEXT.length; at++) {
      const bytes = Buffer.from(TEXT);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8));
      writeFileSync(genesisPath(directory), bytes);
      await expect(readKeptGenesis(directory)).rejects.toMatchObject({ code: 'data_dir_corrupt' });
    }
  });

  it('is damaged when it is empty, with or without its checksum', async () => {
    writeFileSync(genesisPath(directory), '');
    await expect(readKeptGenesis(directory)).rejects.toThrow(/genesis\.json: 0 bytes/);
    await keepGenesis(directory, TEXT);
    expect(readFileSync(genesisPath(directory), 'utf8')).toBe('');
  });

  it('of a directory without a checksum is taken as it is', async () => {
    writeFileSync(genesisPath(directory), TEXT);
    expect(await readKeptGenesis(directory)).toBe(TEXT);
  });

  it('names a directory that cannot hold it', async () => {
    writeFileSync(join(directory, 'file'), '');
    await expect(keepGenesis(join(directory, 'file'), TEXT)).rejects.toMatchObject({
      code: 'store_unavailable',
    });
  });
});
