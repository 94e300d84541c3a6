import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../src/cli-context.ts';
import { loadPrivateCommand, loadPrivatePackage } from '../src/private-package.ts';

const absent = { name: 'story', summary: 'a story', packageName: '@aivm/of-nobody/command' };

describe('a command of a private package', () => {
  it('is the one that the package makes', async () => {
    const command = await loadPrivateCommand(
      { name: 'sim', summary: '', packageName: '@aivm/sim' },
      ({ CHECKERS }: { CHECKERS: readonly unknown[] }) => new Command(`with-${typeof CHECKERS}`),
    );
    expect(command.name()).toBe('with-object');
  });

  it('says where to get it when there is no such package, whatever its options', async () => {
    const command = await loadPrivateCommand(absent, () => new Command('never'));
    expect(command.name()).toBe('story');
    for (const args of [[], ['--rows', '3'], ['nonsense']]) {
      await expect(command.parseAsync(args, { from: 'user' })).rejects.toThrow(UsageError);
    }
    await expect(command.parseAsync([], { from: 'user' })).rejects.toThrow(
      /aivm story is not in the published package \(it needs @aivm\/of-nobody\); run it in a checkout/,
    );
  });

  it('reports what is wrong inside a package that is there', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'aivm-private-'));
    try {
      const file = pathToFileURL(join(directory, 'broken.mjs')).href;
      await writeFile(new URL(file), "throw new Error('broken inside');");
      await expect(loadPrivatePackage(file, 'aivm broken')).rejects.toThrow('broken inside');
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
