import { readFileSync } from 'node:fs';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytesToUtf8, utf8ToBytes } from '@aivm/core';
import { describe, expect, it } from 'vitest';
import { type CommandBackendOptions, createCommandBackend } from '../src/index.ts';

const model = {
  id: 'doubler',
  checkClass: 'opaque',
  weightHash: new Uint8Array(32),
  modelRoot: new Uint8Array(32),
  parameters: new Uint8Array(0),
} as const;

/** A backend that runs a line of JavaScript with `input` as what came on stdin. */
const backendOf = (body: string, more: Partial<CommandBackendOptions> = {}) =>
  createCommandBackend({
    program: process.execPath,
    args: [
      '-e',
      `let input = ''; process.stdin.on('data', (d) => { input += d; }).on('end', () => { ${body} });`,
    ],
    nowMs: () => performance.now(),
    ...more,
  });

function isRunning(pid: number): boolean {
  try {
    // A process that ended and was not waited for is none any more.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

const runOn = async (
  backend: ReturnType<typeof backendOf>,
  input: string,
  signal = new AbortController().signal,
) => {
  const { output } = await backend.run({ taskId: 't', model, input: utf8ToBytes(input) }, { signal });
  return bytesToUtf8(output);
};

describe('a command', () => {
  it('reads JSON and answers JSON, which becomes canonical', async () => {
    const backend = backendOf(
      'const { n } = JSON.parse(input); console.log(JSON.stringify({ z: n * 2, a: [n, 1] }, null, 2));',
    );
    expect(await runOn(backend, '{"n":21}')).toBe('{"a":[21,1],"z":42}');
  });

  it('is told what it runs', async () => {
    const backend = backendOf(
      'console.log(JSON.stringify([process.env.AIVM_MODEL, process.env.AIVM_TASK]));',
    );
    expect(await runOn(backend, '0')).toBe('["doubler","t"]');
  });

  it('takes opaque models only', () => {
    const { supports } = backendOf('');
    expect(supports(model)).toBe(true);
    expect(supports({ ...model, checkClass: 'int8-kernel' })).toBe(false);
  });

  it.each([
    ['fails', 'console.error("no memory"); process.exit(3);', {}, /exited with 3: no memory/],
    ['answers something else than JSON', 'console.log("hello");', {}, /not JSON/],
    ['is too slow', 'setTimeout(() => {}, 60000);', { timeoutMs: 300 }, /stopped after 300 ms/],
    ['writes too much', 'console.log("1".repeat(5000));', { outputBytesMax: 1_000 }, /more than 1000 bytes/],
    ['is not there', '', { program: '/no/such/program' }, /ENOENT/],
  ] as const)('says so when the program %s', async (_, body, more, message) => {
    await expect(runOn(backendOf(body, more), '1')).rejects.toThrow(message);
  });

  it('ends in time with everything that it started', async () => {
    // The wrapper's child holds the pipes for as long as it lives, as children of conda run, uv run or torchrun do.
    const body = `
      const { spawn } = require('node:child_process');
      const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)'], { stdio: 'inherit' });
      require('node:fs').writeFileSync(process.env.PID_FILE, String(child.pid));`;
    const directory = await mkdtemp(join(tmpdir(), 'aivm-program-'));
    const env = { PID_FILE: join(directory, 'pid') };
    await expect(runOn(backendOf(body, { timeoutMs: 1_500, env }), '1')).rejects.toThrow(/stopped after/);
    const pid = Number(await readFile(env.PID_FILE, 'utf8'));
    await expect.poll(() => isRunning(pid), { timeout: 10_000 }).toBe(false);
  });

  it('sees the variables that it needs and those that are named, and no others', async () => {
    process.env.AIVM_TEST_SECRET = 'secret';
    try {
      const backend = backendOf('console.log(JSON.stringify(process.env));', { env: { NAMED: 'yes' } });
      const seen = JSON.parse((await runOn(backend, '1')) ?? '');
      expect(seen).toMatchObject({ NAMED: 'yes', AIVM_MODEL: 'doubler', PATH: process.env.PATH });
      expect(seen).not.toHaveProperty('AIVM_TEST_SECRET');
    } finally {
      delete process.env.AIVM_TEST_SECRET;
    }
  });

  it('is looked for before anything is spent', async () => {
    await expect(
      createCommandBackend({ program: 'node', nowMs: () => 0 }).check?.(),
    ).resolves.toBeUndefined();
    await expect(
      createCommandBackend({ program: 'no-such-program', nowMs: () => 0 }).check?.(),
    ).rejects.toMatchObject({ code: 'not_found' });
  });

  it('ends with its task', async () => {
    const stop = new AbortController();
    const running = runOn(backendOf('setTimeout(() => {}, 60000);'), '1', stop.signal);
    setTimeout(() => stop.abort(), 100);
    await expect(running).rejects.toThrow(/abort/i);
  });
});
