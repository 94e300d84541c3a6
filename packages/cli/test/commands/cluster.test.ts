import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytesToHex } from '@aivm/core/bytes';
import { type Client, createClient, createSender, developmentAccounts } from '@aivm/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findEngine } from '../../src/cluster/find-engine.ts';
import { type CliProcess, runCli, startCli } from '../spawn-cli.ts';

/** One validator, as a status event shows it. */
interface Shown {
  readonly name: string;
  readonly http: string;
  readonly height?: number;
  readonly block?: string;
  readonly peers?: number;
  readonly pids: { readonly app?: number; readonly engine?: number };
}

const PATIENCE_MS = 240_000;
const engine = await findEngine(undefined, process.env).catch(() => undefined);
if (engine === undefined) console.log('skipped: cometbft is not installed');

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('aivm cluster without CometBFT', () => {
  it('says what is missing and how to get it, and writes nothing', async () => {
    const directory = join(tmpdir(), 'aivm-no-cluster');
    const { code, stderr } = await runCli(['cluster', '--dir', directory], {
      PATH: '/nowhere',
      HOME: '/nowhere',
      GOBIN: '/nowhere',
    });
    expect(code).toBe(3);
    expect(stderr).toContain('CometBFT is not installed');
    expect(stderr).toContain('go install github.com/cometbft/cometbft/cmd/cometbft@v0.38');
    await expect(readFile(join(directory, 'cluster.json'))).rejects.toThrow('ENOENT');
  });
});

describe.skipIf(engine === undefined)('four validators on real CometBFT', () => {
  let directory = '';
  let cluster: CliProcess;
  let clients: readonly Client[] = [];

  const statuses = (): readonly Shown[] => {
    const lines = cluster
      .text()
      .stdout.split('\n')
      .filter((line) => line.includes('"event":"status"'));
    return lines.length === 0 ? [] : (JSON.parse(lines.at(-1) as string).validators as Shown[]);
  };
  const until = async (
    what: string,
    isDone: (all: readonly Shown[]) => boolean,
  ): Promise<readonly Shown[]> => {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const all = statuses();
      if (all.length === 4 && isDone(all)) return all;
      if (cluster.child.exitCode !== null || Date.now() > deadline) {
        throw new Error(`never ${what}: ${JSON.stringify(all)}\n${cluster.text().stderr}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  const highest = (all: readonly Shown[]): number => Math.max(...all.map(({ height = 0 }) => height));
  /** The ids of all validators' blocks at a height. */
  const blocksAt = async (height: number): Promise<ReadonlySet<string>> =>
    new Set(
      await Promise.all(clients.map(async (client) => bytesToHex((await client.getBlock(height)).hash))),
    );
  const pay = async (from: Client, account: number): Promise<{ hash: Uint8Array; height: number }> => {
    const accounts = developmentAccounts();
    const sender = createSender({ client: from, wallet: accounts[account] as (typeof accounts)[number] });
    const { hash, height } = await sender.send({
      kind: 'transfer',
      to: accounts[9]?.addressBytes as Uint8Array,
      amount: 5n,
    });
    if (height === undefined) throw new Error('a payment in no block');
    return { hash, height };
  };

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'aivm-cluster-'));
    const timing = ['--block-time', '500ms', '--restart-after', '4s', '--status-every', '500ms'];
    cluster = startCli(['cluster', '--dir', directory, '--port', '0', '--json', ...timing]);
    const all = await until('all four at height 2', (seen) => seen.every(({ height = 0 }) => height >= 2));
    clients = all.map(({ http }) => createClient({ url: http }));
  }, PATIENCE_MS + 10_000);

  afterAll(async () => {
    const pids = statuses().flatMap(({ pids: { app, engine: own } }) => [app, own]);
    if (cluster.child.exitCode === null) cluster.child.kill('SIGTERM');
    const { code } = await cluster.ended;
    await rm(directory, { recursive: true, force: true });
    expect(code).toBe(0);
    for (const pid of pids) expect(pid === undefined || !isAlive(pid)).toBe(true);
  }, 60_000);

  it('agree on what came in through one of them', async () => {
    const { hash, height } = await pay(clients[0] as Client, 0);
    await until(`all at ${height}`, (all) => all.every((one) => (one.height ?? 0) >= height));
    for (const client of clients) {
      expect(await client.getTransaction(hash)).toMatchObject({ state: 'final', height, code: '' });
    }
    expect((await blocksAt(height)).size).toBe(1);
    expect(statuses().every(({ peers }) => peers === 3)).toBe(true);
  });

  it(
    'go on without one that is killed, which catches up when it is started again',
    async () => {
      const before = statuses();
      const victim = before[3] as Shown;
      const { app, engine: own } = victim.pids;
      for (const pid of [app, own]) process.kill(pid as number, 'SIGKILL');
      const { hash, height } = await pay(clients[1] as Client, 1);
      const without = await until('one away, the others on', (all) => {
        return all[3]?.height === undefined && highest(all) >= Math.max(height, highest(before) + 2);
      });
      const back = await until('back and up to date', (all) => {
        const { height: own = 0, pids } = all[3] as Shown;
        return pids.app !== app && own > highest(without) && own >= highest(all) - 1;
      });
      expect((await blocksAt(highest(without))).size).toBe(1);
      expect((await blocksAt(back[3]?.height as number)).size).toBe(1);
      expect(await clients[3]?.getTransaction(hash)).toMatchObject({ state: 'final', height });
    },
    2 * PATIENCE_MS,
  );
});
