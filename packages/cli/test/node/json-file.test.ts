import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readJsonFile } from '../../src/node/genesis-file.ts';

let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'aivm-json-file-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function read(content: string | Uint8Array): Promise<string> {
  const path = join(directory, 'genesis.json');
  await writeFile(path, content);
  return readJsonFile(path, 'genesis');
}

describe('a JSON file of the command line', () => {
  it('may begin with a byte order mark', async () => {
    expect(await read('\ufeff{"version":1}')).toBe('{"version":1}');
  });

  it.each<[string, string | Uint8Array, string]>([
    ['is empty', '', 'the file is empty'],
    ['is blank', '\ufeff \n', 'the file is empty'],
    ['is no JSON', '{"version":', 'JSON: '],
    ['is UTF-16', Buffer.from('{"version":1}', 'utf16le').fill(0xff, 0, 2), 'not UTF-8'],
  ])('that %s is refused with its name', async (_, content, detail) => {
    await expect(read(content)).rejects.toMatchObject({
      code: 'malformed',
      detail: expect.stringContaining(`genesis ${join(directory, 'genesis.json')}: ${detail}`) as string,
    });
  });

  it('that is not there, or a directory, is not found', async () => {
    await expect(readJsonFile(join(directory, 'none'), 'genesis')).rejects.toMatchObject({
      code: 'not_found',
    });
    await expect(readJsonFile(directory, 'genesis')).rejects.toMatchObject({
      code: 'not_found',
      detail: expect.stringContaining('EISDIR') as string,
    });
  });
});
