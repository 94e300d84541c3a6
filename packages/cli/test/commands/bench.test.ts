import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { NetworksReport } from '../../src/bench/bench-networks.ts';
import { lastJsonLine, runCli, startCli } from '../spawn-cli.ts';

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

describe('aivm bench dispute', () => {
  interface DisputeRow {
    readonly kernel: string;
    readonly engine: string;
    readonly nsPerOp: number;
    readonly ratio: number;
    readonly bytes: number;
  }

  it('measures both ends of a dispute beside running the network', { timeout: 60_000 }, async () => {
    const { code, stdout, stderr } = await runCli(['bench', 'dispute', '--smoke', '--json']);
    expect(code, stderr).toBe(0);
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    const report = lastJsonLine(stdout) as Report & { readonly model: string };
    const rows = report.rows as unknown as readonly DisputeRow[];
    expect(report.machine.cores).toBeGreaterThan(0);
    expect(report.entries).toBe(1);
    expect(report.model).toBe('wdbc-int8');
    expect(rows.map(({ kernel, engine }) => `${kernel}/${engine}`)).toEqual([
      'run/reference',
      'empty block/reference',
      ...['upheld', 'refused'].flatMap((verdict) =>
        ['sign', 'decode', 'judge', 'block'].map((step) => `${step}/${verdict}`),
      ),
    ]);
    const [run] = rows;
    for (const { engine, nsPerOp, ratio, bytes } of rows) {
      expect(nsPerOp).toBeGreaterThan(0);
      expect(ratio * nsPerOp).toBeCloseTo(run?.nsPerOp ?? 0, -1);
      // A task's id, the claim, the bond and a signature: no part of the network.
      if (engine === 'reference') expect(bytes).toBe(0);
      else expect(bytes).toBeGreaterThan(65);
    }
    expect(stderr).toContain('step ÷ run');
  });
});

describe('aivm bench pipeline', () => {
  interface PipelineRow {
    readonly kernel: string;
    readonly engine: string;
    readonly transactions: number;
    readonly nsPerOp: number;
    readonly msPerBlock: number;
    readonly perSecond: number;
    readonly ratio: number;
  }
  const STEPS = ['decode', 'pool', 'build', 'verify', 'commit'];

  it('measures every stage of a node with both loads at two sizes of blocks', {
    timeout: 60_000,
  }, async () => {
    const { code, stdout, stderr } = await runCli(['bench', 'pipeline', '--smoke', '--json']);
    expect(code, stderr).toBe(0);
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    const report = lastJsonLine(stdout) as Report & { readonly secp256k1: string };
    const rows = report.rows as unknown as readonly PipelineRow[];
    expect(report.entries).toBe(24);
    expect(['native', 'noble']).toContain(report.secp256k1);
    const blocks = ['transfers', 'transfers and tasks'].flatMap((load) =>
      [2, 10].map((size) => [load, size] as const),
    );
    for (const [load, size] of blocks) {
      const own = rows.filter(({ engine, transactions }) => engine === load && transactions === size);
      expect(own.map(({ kernel }) => kernel)).toEqual(['signature', ...STEPS, 'whole']);
      const ms = new Map(own.map(({ kernel, msPerBlock }) => [kernel, msPerBlock]));
      const sum = STEPS.reduce((total, step) => total + (ms.get(step) ?? 0), 0);
      expect(ms.get('whole')).toBeCloseTo(sum, 6);
      expect(own[0]?.ratio).toBe(1);
      for (const { nsPerOp, msPerBlock, perSecond } of own) {
        expect(nsPerOp).toBeGreaterThan(0);
        expect(Math.abs((nsPerOp * size) / 1e6 / msPerBlock - 1)).toBeLessThan(0.01);
        expect(Math.abs((perSecond * nsPerOp) / 1e9 - 1)).toBeLessThan(0.05);
      }
      // Decoding includes recovering the signature, or the pool would have to do it.
      expect(ms.get('decode')).toBeGreaterThan(0.2 * (ms.get('signature') ?? 0));
    }
    expect(rows).toHaveLength(28);
    // Verifying executes anew what building executed; without that it is a look into a cache. The first block compiles.
    const msOf = (stage: string): number =>
      rows.filter(({ kernel }) => kernel === stage).reduce((sum, { msPerBlock }) => sum + msPerBlock, 0);
    expect(msOf('verify')).toBeGreaterThan(0.2 * msOf('build'));
    expect(stderr).toContain('signatures ÷ stage');
  });

  it('stops at Ctrl-C and leaves nothing on the disk', { timeout: 60_000 }, async () => {
    const directory = await mkdtemp(join(tmpdir(), 'aivm-bench-test-'));
    try {
      const { child, ended } = startCli(['bench', 'pipeline'], { TMPDIR: directory });
      child.stderr.once('data', () => child.kill('SIGINT'));
      const { code, stdout, stderr } = await ended;
      expect(stderr).toContain('a block of 10 transfers');
      expect(code).toBe(130);
      expect(stdout).toBe('');
      // The loader of TypeScript keeps its cache there.
      expect((await readdir(directory)).filter((name) => name.startsWith('aivm'))).toEqual([]);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});

describe('aivm bench networks', () => {
  it('judges flat from 10^4 to 10^12 multiply–adds and runs every engine', { timeout: 180_000 }, async () => {
    const { code, stdout, stderr } = await runCli(['bench', 'networks', '--smoke', '--json']);
    expect(code, stderr).toBe(0);
    const report = lastJsonLine(stdout) as unknown as NetworksReport;
    const { decidingMoves, products, decoder } = report;
    expect(decidingMoves.map(({ macs }) => Math.round(Math.log10(macs)))).toEqual([4, 6, 8, 10, 12]);
    for (const { witnessBytes, boundBytes, milliseconds } of decidingMoves) {
      expect(witnessBytes).toBeLessThanOrEqual(boundBytes);
      expect(boundBytes).toBeLessThanOrEqual(40_960);
      expect(milliseconds).toBeGreaterThan(0);
    }
    // A hundred times the network takes a few siblings more.
    expect(decidingMoves[4]!.witnessBytes - decidingMoves[3]!.witnessBytes).toBeLessThan(1_024);
    const subjects = products.map(({ subject }) => subject);
    expect(subjects).toEqual(expect.arrayContaining(['wasm i8 × i8', 'reference i16 × i8']));
    expect(decoder.map(({ engine }) => engine)).toEqual(expect.arrayContaining(['wasm', 'reference']));
    for (const { tokens, tokensPerSecond, passOfGeneration, treeOfPass } of decoder) {
      expect(tokens).toBe(2);
      for (const value of [tokensPerSecond, passOfGeneration, treeOfPass]) expect(value).toBeGreaterThan(0);
    }
    expect(stderr).toContain("watcher's pass ÷ generation");
  });
});

describe('aivm bench', () => {
  it.each([
    ['dispute', ['--plugin', 'x.so'], /unknown option '--plugin'/],
    ['pipeline', ['--sizes', '10'], /unknown option '--sizes'/],
    ['pipeline', ['fast'], /too many arguments/],
    ['speed', [], /unknown command 'speed'/],
  ])('refuses %s %j', async (name, flags, message) => {
    const { code, stdout, stderr } = await runCli(['bench', name, ...flags]);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(message);
  });
});
