import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CliProcess, lastJsonLine, runCli, startCli } from '../spawn-cli.ts';

const ROW =
  '[34,-67,39,30,50,106,84,80,74,73,78,-18,88,75,-6,40,21,21,37,27,59,-45,72,62,41,83,67,73,91,62,0,0]';
const HASH = `0x${'ab'.repeat(32)}`;

/** Many processes start one after the other, each of which loads the whole program. */
const PATIENT = { timeout: 300_000 };

describe('the command line against a development node', PATIENT, () => {
  let devnet: CliProcess;
  let node: readonly string[];
  beforeAll(async () => {
    devnet = startCli(['devnet', '--port', '0', '--json']);
    const [line] = await devnet.waitFor(/\{"event":"listening".*/, 120_000);
    node = ['--node', (JSON.parse(line) as { url: string }).url];
  }, 150_000);
  afterAll(async () => {
    devnet.child.kill('SIGTERM');
    await devnet.ended;
  });
  const run = (...args: readonly string[]) => runCli([...args, ...node]);
  const json = async (...args: readonly string[]) => lastJsonLine((await run(...args, '--json')).stdout);

  it('cancels a task, and says of an opaque one that its output cannot be proven wrong', async () => {
    await run('task', 'submit', 'qwen3-8b', '--id', 'c-1', '--input', '{"p":1}', '--dev', '0');
    expect((await run('task', 'get', 'c-1')).stdout).toMatch(/^verifiable +false/m);
    const { code, stdout } = await run('task', 'cancel', 'c-1', '--dev', '0');
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^cancelled c-1 in block \d+\n$/)]);
    expect(await json('task', 'get', 'c-1')).toMatchObject({ status: 'failed' });
  });

  it.each([
    ['not_found', 3, ['--backend', 'command', '--program', 'no-such-program', '--models', 'qwen3-8b']],
    ['unknown_model', 1, ['--models', 'nobody-registered-this']],
    ['not_supported', 1, ['--models', 'qwen3-8b']],
    ['insufficient_balance', 1, ['--bond', '9e30']],
  ] as const)('registers no provider that could not work: %s', async (code, exitCode, args) => {
    const failed = await run('provider', '--id', 'broken', '--dev', '2', ...args);
    expect(failed).toMatchObject({ code: exitCode, stderr: expect.stringContaining(`error: ${code}:`) });
    expect((await run('provider', 'get', 'broken')).code).not.toBe(0);
  });

  it('looks whether a provider could work and spends nothing', async () => {
    expect(await json('provider', '--id', 'p-1', '--dev', '1', '--check')).toMatchObject({ ready: true });
    expect((await run('provider', 'get', 'p-1')).code).not.toBe(0);
  });

  it('warns a watcher that cannot pay for a challenge', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'aivm-everyday-'));
    const key = join(directory, 'poor.key');
    const password = ['--password-file', join(directory, 'password.txt')];
    await writeFile(join(directory, 'password.txt'), 'a secret\n');
    await runCli(['account', 'new', '--out', key, ...password]);
    const poor = startCli(['watch', '--key', key, ...password, ...node]);
    await poor.waitFor(/watching from block/);
    poor.child.kill('SIGTERM');
    expect((await poor.ended).stderr).toContain('warning: the account has 0, a challenge stakes at least');
  });

  it('has a provider work on after its reader went away, and changes it by commands', async () => {
    const provider = startCli(['provider', '--id', 'p-9', '--dev', '9', ...node]);
    await provider.waitFor(/registered with a bond/);
    provider.child.stdout.destroy();
    for (const id of ['w-1', 'w-2']) {
      await run('task', 'submit', 'wdbc-int8', '--id', id, '--input', ROW, '--dev', '0');
      await expect
        .poll(() => json('task', 'get', id), { timeout: 30_000 })
        .toMatchObject({ output: [expect.any(Number)] });
    }
    expect(provider.child.exitCode).toBeNull();
    expect(
      await json('provider', 'update', 'p-9', '--new-endpoint', 'https://x.example', '--dev', '9'),
    ).toMatchObject({
      height: expect.any(Number),
    });
    await run('provider', 'add-bond', 'p-9', '1000', '--dev', '9');
    expect(await json('provider', 'get', 'p-9')).toMatchObject({ endpoint: 'https://x.example' });
    expect((await run('provider', 'unbond', 'p-9', '--dev', '9')).stdout).toMatch(
      /^p-9 is unbonding in block/,
    );
    expect(await json('provider', 'get', 'p-9')).toMatchObject({ state: 'unbonding' });
    const early = await run('provider', 'withdraw', 'p-9', '--dev', '9');
    expect([early.code, early.stderr]).toEqual([expect.any(Number), expect.stringMatching(/^error: /)]);
    provider.child.kill('SIGTERM');
    expect((await provider.ended).code).toBe(0);
  });

  it('changes a model by commands', async () => {
    const missing = await run('model', 'register', 'm', '--dev', '0');
    expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining('needs --weight-hash')]);
    await run('model', 'register', 'm', '--weight-hash', HASH, '--dev', '0');
    expect((await run('model', 'update-weights', 'm', '--weight-hash', HASH, '--dev', '0')).code).toBe(0);
    expect((await run('model', 'update-license', 'm', HASH, '--dev', '0')).code).toBe(0);
    const owner = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8';
    expect((await run('model', 'transfer', 'm', owner, '--dev', '0')).code).toBe(0);
    expect((await run('model', 'update-license', 'm', HASH, '--dev', '0')).stderr).toMatch(
      /^error: forbidden/,
    );
  });

  it('gives a receipt without a trusted block an exit code of its own', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'aivm-everyday-')), 'receipt.json');
    const got = await expect
      .poll(() => run('receipt', 'get', '0', '--json'), { timeout: 60_000, interval: 1_000 })
      .toMatchObject({ code: 0 })
      .then(() => run('receipt', 'get', '0', '--json'));
    await writeFile(file, got.stdout);
    const unanchored = await runCli(['receipt', 'verify', file, '--json']);
    expect(unanchored.code).toBe(7);
    const { blockId } = lastJsonLine(unanchored.stdout) as { blockId: string };
    expect((await runCli(['receipt', 'verify', file, '--block-id', blockId])).code).toBe(0);
    expect((await runCli(['receipt', 'verify', file, '--block-id', HASH])).code).toBe(1);
  });
});
