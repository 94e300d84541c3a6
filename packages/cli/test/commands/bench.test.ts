import { describe, expect, it } from 'vitest';
import { lastJsonLine, runCli } from '../spawn-cli.ts';

interface Report {
  readonly machine: { readonly cpu: string; readonly cores: number; readonly runtime: string };
  readonly entries: number;
  readonly rows: {
    readonly kernel: string;
    readonly engine: string;
    readonly nsPerOp: number;
    readonly leastNs: number;
    readonly ratio: number;
    readonly margin: number;
  }[];
}

describe('aivm bench attest', () => {
  it('measures every kind with both sets of primitives', { timeout: 120_000 }, async () => {
    const { code, stdout, stderr } = await runCli(['bench', 'attest', '--smoke', '--json']);
    expect(code, stderr).toBe(0);
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    const { machine, entries, rows } = lastJsonLine(stdout) as Report;
    expect(machine.cores).toBeGreaterThan(0);
    expect(entries).toBe(1);
    expect(rows.map(({ kernel, engine }) => `${kernel}/${engine}`)).toEqual(
      ['snp', 'tdx', 'nvidia', 'ed25519', 'secp256k1'].flatMap((kind) => [
        `${kind}/noble`,
        `${kind}/node:crypto`,
      ]),
    );
    for (const { engine, nsPerOp, leastNs, ratio, margin } of rows) {
      expect(nsPerOp).toBeGreaterThan(0);
      expect(leastNs).toBe(nsPerOp);
      expect(margin).toBeGreaterThan(0);
      if (engine === 'noble') expect(ratio).toBe(1);
    }
    expect(stderr).toContain('charged ÷ least');
  });
});
