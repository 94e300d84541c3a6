import { chmod, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseKeyText, readKeyFile, writeKeyFile } from '../src/key-file.ts';

const KEY = Uint8Array.from({ length: 32 }, (_, i) => i + 1);
let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'aivm-key-'));
});
afterAll(() => rm(directory, { recursive: true }));

it('writes for the owner alone and reads back', async () => {
  const path = join(directory, 'a.key');
  await writeKeyFile(path, KEY);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readKeyFile(path, () => expect.unreachable())).toEqual(KEY);
});

it('never overwrites', async () => {
  const path = join(directory, 'b.key');
  await writeKeyFile(path, KEY);
  await expect(writeKeyFile(path, new Uint8Array(32).fill(7))).rejects.toMatchObject({ code: 'id_taken' });
  expect(parseKeyText(await readFile(path, 'utf8'), path)).toEqual(KEY);
});

it('warns when others may read it', async () => {
  const path = join(directory, 'c.key');
  await writeKeyFile(path, KEY);
  await chmod(path, 0o644);
  const warnings: string[] = [];
  await readKeyFile(path, (text) => warnings.push(text));
  expect(warnings).toHaveLength(1);
});

it.each(['', '0x12', 'z'.repeat(64), 'a'.repeat(63), 'a'.repeat(66)])('refuses "%s"', (text) =>
  expect(() => parseKeyText(text, 'f')).toThrow(/64 hex digits/),
);
