import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { completionScript, wordsOf } from '../../src/completion-script.ts';
import { runCheck } from '../../src/doctor/finding.ts';
import { runCli } from '../spawn-cli.ts';

interface Finding {
  readonly part: string;
  readonly state: string;
  readonly found: string;
}

const findingsOf = (stdout: string): readonly Finding[] =>
  (JSON.parse(stdout.trim().split('\n').at(-1)!) as { findings: readonly Finding[] }).findings;

describe('aivm doctor', { timeout: 60_000 }, () => {
  it('computes golden cases with the engines that are there, and says how to get the others', async () => {
    const { stdout } = await runCli(['doctor', '--json']);
    const findings = findingsOf(stdout);
    expect(findings.find(({ part }) => part === 'WASM engine')).toMatchObject({ state: 'ok' });
    expect(findings.find(({ part }) => part === 'Node')?.found).toContain(process.versions.node);
    for (const finding of findings)
      if (finding.state !== 'ok') expect(finding, finding.part).toHaveProperty('remedy');
  });

  it('finds fault with a node that is not there', async () => {
    const { stdout, code } = await runCli(['doctor', '--json', '--node', 'http://127.0.0.1:9']);
    expect(findingsOf(stdout).find(({ part }) => part === 'node')?.state).toBe('faulty');
    expect(code).toBe(1);
  });

  it('takes whatever a check throws as a finding', async () => {
    const look = () => Promise.reject(new Error('no such card'));
    expect(await runCheck({ part: 'card', purpose: 'kernels', look })).toEqual({
      part: 'card',
      purpose: 'kernels',
      state: 'faulty',
      found: 'no such card',
    });
  });
});

describe('aivm completion', { timeout: 60_000 }, () => {
  let directory = '';
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'aivm-completion-'));
    await writeFile(join(directory, 'aivm.bash'), (await runCli(['completion', 'bash'])).stdout);
  });
  afterAll(() => rm(directory, { recursive: true }));

  it.each([
    [['aivm', 'do'], ['doctor']],
    [['aivm', 'task', 'su'], ['submit']],
    [['aivm', 'dispute', 'show', 't-1', '--f'], ['--follow']],
    [['aivm', 'nonsense', ''], ['demo']],
  ])('gives bash what may follow %s', async (line, some) => {
    const script = `source ${directory}/aivm.bash; COMP_WORDS=(${line.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${line.length - 1}; _aivm; echo "\${COMPREPLY[@]}"`;
    const { stdout } = await promisify(execFile)('bash', ['-c', script]);
    expect(stdout.trim().split(' ')).toEqual(expect.arrayContaining(some));
  });

  it('has a line for each word in fish, and the same function in zsh', () => {
    const words = wordsOf(['task'], []);
    expect(completionScript('fish', words)).toContain(
      "complete -c aivm -n '__fish_use_subcommand' -a task\n",
    );
    expect(completionScript('zsh', words)).toContain('bashcompinit');
  });
});
