import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../src/command-table.ts';
import { LAUNCHER, lastJsonLine, runCli } from './spawn-cli.ts';

describe('launcher', () => {
  it('runs from sources without a build, in one process', async () => {
    const { code, stdout } = await runCli(['version']);
    expect(stdout).toBe('AI-VM/1.0.0\n');
    expect(code).toBe(0);
  });

  it('starts within a second and a half', () => {
    const timesMs = Array.from({ length: 3 }, () => {
      const startedAt = performance.now();
      execFileSync(process.execPath, [LAUNCHER, 'version']);
      return performance.now() - startedAt;
    });
    expect(Math.min(...timesMs)).toBeLessThan(1_500);
  });

  it('writes one compact JSON line for machines', async () => {
    const { stdout } = await runCli(['version', '--json']);
    expect(stdout.split('\n')).toHaveLength(2);
    expect(lastJsonLine(stdout)).toEqual({ version: 'AI-VM/1.0.0' });
  });

  it('is killed as one process', async () => {
    const { startCli } = await import('./spawn-cli.ts');
    const devnet = startCli(['devnet', '--port', '0', '--json']);
    await devnet.waitFor(/"url":"http/);
    devnet.child.kill('SIGKILL');
    expect((await devnet.ended).code).toBeNull();
    expect(devnet.child.signalCode).toBe('SIGKILL');
  });
});

describe('help', () => {
  it.each(COMMANDS.map(({ name }) => name))('aivm %s --help shows an example', async (name) => {
    const { code, stdout } = await runCli([name, '--help']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/Example:\n {2}aivm |Commands:\n/);
  });
});
