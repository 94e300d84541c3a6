import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseKeyText, readKeyFile, writeKeyFile } from '../src/key-file.ts';
import { readPassword } from '../src/password.ts';

const KEY = Uint8Array.from({ length: 32 }, (_, i) => i + 1);
const unasked = { warn: () => expect.unreachable(), getPassword: () => expect.unreachable() };
let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'aivm-key-'));
});
afterAll(() => rm(directory, { recursive: true }));

it('writes for the owner alone and reads back', async () => {
  const path = join(directory, 'a.key');
  await writeKeyFile(path, KEY);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readKeyFile(path, unasked)).toEqual(KEY);
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
  await readKeyFile(path, { ...unasked, warn: (text) => warnings.push(text) });
  expect(warnings).toHaveLength(1);
});

it.each(['', '0x12', 'z'.repeat(64), 'a'.repeat(63), 'a'.repeat(66)])('refuses "%s"', (text) =>
  expect(() => parseKeyText(text, 'f')).toThrow(/64 hex digits/),
);

describe('an encrypted key file', () => {
  const secret = (password: string) => async () => password;

  it('opens with its password alone', { timeout: 60_000 }, async () => {
    const path = join(directory, 'd.key');
    await writeKeyFile(path, KEY, secret('correct horse'));
    expect(await readFile(path, 'utf8')).not.toContain('0102030405');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readKeyFile(path, { ...unasked, getPassword: secret('correct horse') })).toEqual(KEY);
    await expect(readKeyFile(path, { ...unasked, getPassword: secret('wrong') })).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringContaining(path),
    });
  });

  it('leaves no file if no password is given', async () => {
    const path = join(directory, 'e.key');
    await expect(writeKeyFile(path, KEY, () => readPassword({ isNew: true }))).rejects.toThrow(
      /no password for the new key file: give --password-file FILE/,
    );
    await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('takes the first line of a password file', async () => {
    const passwordFile = join(directory, 'password.txt');
    await writeFile(passwordFile, 'one line\r\nanother\n');
    expect(await readPassword({ passwordFile })).toBe('one line');
    await expect(readPassword({ passwordFile: join(directory, 'absent') })).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});
