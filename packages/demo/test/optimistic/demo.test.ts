import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readWdbcRows } from 'aivm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lastJsonLine, runCli, startCli } from '../../../cli/test/spawn-cli.ts';

/** Enough that the liar is drawn with a probability of 1 − (3/4)^48 ≈ 1 − 10^−6. */
const ROWS = 48;

interface DemoJson {
  readonly ok: boolean;
  readonly tasks: {
    row: number;
    output: number;
    provider: string;
    settlement: string;
    receiptIndex: number;
  }[];
  readonly convictions: { provider: string; forfeited: string; rewarded: string; burned: string }[];
  readonly lies: { row: number; output: number; right: number; provider: string }[];
  readonly supply: Record<string, string> & { balanced: boolean };
}

describe('aivm demo', () => {
  let directory = '';
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'aivm-demo-test-'));
  });
  afterAll(() => rm(directory, { recursive: true }));

  it('ends with right answers, a convicted liar and balanced books, and its chain verifies', {
    timeout: 240_000,
  }, async () => {
    const chain = join(directory, 'chain');
    const { code, stdout, stderr } = await runCli([
      'demo',
      '--json',
      '--rows',
      String(ROWS),
      '--data-dir',
      chain,
    ]);
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('100 blocks of at least 50 ms');
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    const demo = lastJsonLine(stdout) as DemoJson;
    const rows = (await readWdbcRows()).slice(0, ROWS);
    expect(demo.tasks.map(({ row, output, settlement }) => ({ row, output, settlement }))).toEqual(
      rows.map(({ row, y0 }) => ({ row, output: y0, settlement: 'final' })),
    );
    expect(demo.tasks.every(({ provider }) => provider.startsWith('honest-'))).toBe(true);
    expect(new Set(demo.tasks.map(({ receiptIndex }) => receiptIndex)).size).toBe(ROWS);
    expect(demo.convictions.map(({ provider }) => provider)).toEqual(['liar']);
    const [conviction] = demo.convictions;
    expect(BigInt(conviction?.rewarded ?? 0) + BigInt(conviction?.burned ?? 0)).toBe(
      BigInt(conviction?.forfeited ?? 0),
    );
    expect(demo.supply.balanced).toBe(true);
    expect(demo.supply.total).toBe(demo.supply.expected);

    const verified = await runCli(['verify-db', chain, '--json']);
    expect(verified.code, verified.stderr).toBe(0);
    expect(lastJsonLine(verified.stdout)).toMatchObject({ tasks: ROWS, receipts: ROWS });
  });

  it('shows which lies go through when nobody watches, and exits with 1', { timeout: 240_000 }, async () => {
    const { code, stdout, stderr } = await runCli(['demo', '--json', '--no-watch', '--rows', String(ROWS)]);
    expect(code, stderr).toBe(1);
    const demo = lastJsonLine(stdout) as DemoJson;
    expect(demo.ok).toBe(false);
    expect(demo.convictions).toEqual([]);
    expect(demo.lies.length).toBeGreaterThan(0);
    for (const { output, right, provider } of demo.lies) {
      expect(provider).toBe('liar');
      expect(output).toBe(~right);
    }
    expect(demo.supply.balanced).toBe(true);
    expect(stderr).toContain('lies went through');
  });

  it('stops cleanly on Ctrl-C', { timeout: 120_000 }, async () => {
    const demo = startCli(['demo', '--rows', String(ROWS)]);
    await demo.waitFor(/Submitting/, 60_000);
    demo.child.kill('SIGINT');
    const { code, stderr } = await demo.ended;
    expect(code, stderr).toBe(130);
    expect(stderr).toBe('');
  });

  it('wants an empty directory', async () => {
    const { code, stderr } = await runCli(['demo', '--data-dir', tmpdir()]);
    expect(code).toBe(6);
    expect(stderr).toMatch(/^error: data_dir_foreign/);
  });
});
