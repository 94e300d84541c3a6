import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../src/command-table.ts';
import { runCli as runInProcess } from '../src/run-cli.ts';
import { lastJsonLine, runCli, startCli } from './spawn-cli.ts';

describe('launcher', () => {
  it('runs from sources without a build, in one process', async () => {
    const { code, stdout } = await runCli(['version'], { AIVM_USE_DIST: '' });
    expect(stdout).toBe('AI-VM/1.0.0\n');
    expect(code).toBe(0);
  });

  it('loads what a command needs and nothing else, so that it starts quickly', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'aivm-loaded-'));
    try {
      await runCli(['version'], { NODE_V8_COVERAGE: directory, AIVM_USE_DIST: '' });
      const files = await readdir(directory);
      const texts = await Promise.all(files.map((file) => readFile(join(directory, file), 'utf8')));
      const urls = texts.flatMap((text) =>
        (JSON.parse(text).result as { url: string }[]).map(({ url }) => url),
      );
      expect(urls.some((url) => url.includes('commands/version.ts'))).toBe(true);
      expect(urls.filter((url) => /packages\/(core|sdk|node|worker|backends)\//.test(url))).toEqual([]);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it('writes one compact JSON line for machines', async () => {
    const { stdout } = await runCli(['version', '--json']);
    expect(stdout.split('\n')).toHaveLength(2);
    expect(lastJsonLine(stdout)).toEqual({ version: 'AI-VM/1.0.0' });
  });

  it('is killed as one process', async () => {
    const devnet = startCli(['devnet', '--port', '0', '--json']);
    await devnet.waitFor(/"url":"http/);
    devnet.child.kill('SIGKILL');
    expect((await devnet.ended).code).toBeNull();
    expect(devnet.child.signalCode).toBe('SIGKILL');
  });
});

const silent = { write: () => true };
const surroundings = { stdout: silent, stderr: silent, env: {}, signal: new AbortController().signal };

describe('help', async () => {
  const commands = await Promise.all(
    COMMANDS.map(async ({ name, load }) => {
      const command = await load({ ...surroundings, setExitCode: () => undefined });
      const isGroup = command.commands.length > 0 && name !== 'provider';
      return [...(isGroup ? [] : [[name]]), ...command.commands.map((child) => [name, child.name()])];
    }),
  );

  it.each(commands.flat().map((args) => [args.join(' '), args] as const))(
    'aivm %s --help shows an example and --json',
    async (_, args) => {
      let stdout = '';
      const write = (text: string) => {
        stdout += text;
      };
      expect(await runInProcess([...args, '--help'], { ...surroundings, stdout: { write } })).toBe(0);
      expect(stdout).toMatch(/Example:\n {2}aivm /);
      expect(stdout).toContain('--json');
    },
  );
});
