import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeSnp } from '@aivm/test-authority';
import { afterAll, describe, expect, it } from 'vitest';
import { FIXTURES_TITLE, hasFixtures } from '../../../core/test/attestation/support/fixtures.ts';
import { runCli } from '../../src/run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'aivm-attest-'));
afterAll(() => rmSync(folder, { recursive: true }));

const { evidence } = makeSnp();
const file = (name: string, bytes: Uint8Array): string => {
  writeFileSync(join(folder, name), bytes);
  return join(folder, name);
};
const report = file('report.bin', evidence.report);
const chain = evidence.chain.flatMap((der, i) => ['--chain', file(`${i}.der`, der)]);

async function run(...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const written = { stdout: '', stderr: '' };
  const sink = (name: 'stdout' | 'stderr') => ({
    write: (text: string): void => {
      written[name] += text;
    },
  });
  const signal = new AbortController().signal;
  const code = await runCli(args, { stdout: sink('stdout'), stderr: sink('stderr'), env: {}, signal });
  return { code, ...written };
}

const NOW = ['--now', '2025-06-15T15:06:40Z'];
const verify = (...args: readonly string[]) => run('attest', 'verify', ...args);

describe('aivm attest verify', () => {
  it('prints the verdict as one line of JSON and exits 1 where it refuses', async () => {
    const { code, stdout } = await verify('--kind', 'snp', '--evidence', report, ...chain, ...NOW);
    expect(code).toBe(1);
    expect(stdout).toBe(
      '{"accepted":false,"code":"chain","detail":"SNP chain: the root is not one that the policy names","trustScore":0,"deviceId":null,"measurement":null,"reportData":null,"tcbStatus":null,"validUntil":null}\n',
    );
    const json = await verify('--json', '--kind', 'snp', '--evidence', report, ...chain, ...NOW);
    expect(json).toEqual({ code: 1, stdout, stderr: '' });
  });

  it.each([
    ['unknown kind', ['--kind', 'arm', '--evidence', report, ...NOW], 2],
    ['no evidence', ['--kind', 'snp', ...NOW], 2],
    ['no time', ['--kind', 'snp', '--evidence', report], 2],
    ['a time without zone', ['--kind', 'snp', '--evidence', report, '--now', '2025-06-15T15:06:40'], 2],
    ['a nonce of 31 bytes', ['--kind', 'snp', '--evidence', report, ...NOW, '--nonce', '00'.repeat(31)], 2],
    ['a file that is not there', ['--kind', 'snp', '--evidence', join(folder, 'none'), ...NOW], 3],
  ])('%s', async (_name, args, code) => {
    expect((await verify(...args)).code).toBe(code);
  });
});

describe.skipIf(!hasFixtures)(FIXTURES_TITLE, () => {
  const root = process.env.AIVM_TEE_FIXTURES ?? '';
  const real = ['--kind', 'snp', '--evidence', join(root, 'snp/milan-v2/report.hex')];
  const chainOf = [
    '--chain',
    join(root, 'snp/milan-v2/vcek.der'),
    '--chain',
    join(root, 'snp/roots/ask_ark_milan.pem'),
  ];

  it('exits 0 where it accepts', async () => {
    const { code, stdout } = await verify(...real, ...chainOf, '--now', '2026-01-01T00:00:00Z');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      accepted: true,
      code: 'ok',
      validUntil: '2026-01-02T00:00:00Z',
    });
  });
});
