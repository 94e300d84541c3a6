import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytesToHex } from '@aivm/core/bytes';
import { createClient, createSender, developmentAccounts } from '@aivm/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findEngine } from '../../src/cluster/find-engine.ts';
import { type CliProcess, runCli, startCli } from '../spawn-cli.ts';

const PATIENCE_MS = 300_000;
const engine = await findEngine(undefined, process.env).catch(() => undefined);
if (engine === undefined) console.log('skipped: cometbft is not installed');

interface Started {
  readonly validators: readonly { readonly name: string; readonly http: string; readonly rpc: string }[];
}

interface Commit {
  readonly result?: {
    readonly signed_header?: {
      readonly commit?: {
        readonly height: string;
        readonly signatures: readonly {
          readonly block_id_flag: number;
          readonly validator_address: string;
        }[];
      };
    };
  };
}

describe.skipIf(engine === undefined)('a fifth validator on real CometBFT', () => {
  let directory = '';
  const running: CliProcess[] = [];

  const start = async (args: readonly string[]): Promise<Started> => {
    const timing = ['--block-time', '500ms', '--restart-after', '4s', '--status-every', '1s'];
    const process = startCli([
      'cluster',
      '--dir',
      directory,
      '--json',
      ...args,
      ...timing.slice(args.includes('--join') ? 2 : 0),
    ]);
    running.push(process);
    const [line = '{}'] = await process.waitFor(/\{"event":"started".*\}/, PATIENCE_MS);
    return JSON.parse(line) as Started;
  };
  const heightAt = (url: string): Promise<number> =>
    createClient({ url, retriesMax: 0 })
      .getStats()
      .then(({ height }) => height)
      .catch(() => -1);

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'aivm-state-sync-'));
  });
  afterAll(async () => {
    for (const { child } of running) if (child.exitCode === null) child.kill('SIGTERM');
    await Promise.all(running.map(({ ended }) => ended));
    await rm(directory, { recursive: true, force: true });
  }, 120_000);

  it(
    'joins with a snapshot, has no block before it, agrees, and signs blocks',
    async () => {
      const { validators } = await start([
        '--validators',
        '5',
        '--absent',
        '1',
        '--port',
        '0',
        '--snapshot-every',
        '4',
      ]);
      expect(validators.map(({ name }) => name)).toEqual([1, 2, 3, 4].map((n) => `validator-${n}`));
      const [first] = validators;
      if (first === undefined) throw new Error('no validator');
      const source = createClient({ url: first.http });
      const accounts = developmentAccounts();
      await expect.poll(() => heightAt(first.http), { timeout: PATIENCE_MS }).toBeGreaterThan(0);
      const sender = createSender({ client: source, wallet: accounts[0] as (typeof accounts)[number] });
      await sender.send({ kind: 'transfer', to: accounts[9]?.addressBytes as Uint8Array, amount: 5n });
      await expect
        .poll(async () => (await source.listSnapshots()).snapshots.length, { timeout: PATIENCE_MS })
        .toBeGreaterThan(0);

      const { validators: joined } = await start(['--join', 'validator-5', '--snapshot-every', '4']);
      const fifth = joined[0];
      if (fifth === undefined) throw new Error('nobody joined');
      await expect
        .poll(() => heightAt(fifth.http), { timeout: PATIENCE_MS, interval: 500 })
        .toBeGreaterThan(4);
      const client = createClient({ url: fifth.http });
      // It began with a snapshot: there is a genesis block and none after it.
      await expect(client.getBlock(1)).rejects.toMatchObject({ code: 'not_found' });
      const { height } = await client.getStats();
      const [own, theirs] = await Promise.all([client, source].map((one) => one.getBlock(height)));
      expect(bytesToHex(own?.hash ?? new Uint8Array())).toBe(bytesToHex(theirs?.hash ?? new Uint8Array(1)));
      const paid = accounts[9]?.addressBytes as Uint8Array;
      expect((await client.getAccount(paid)).balance).toBe((await source.getAccount(paid)).balance);

      const { result } = (await (await fetch(`${fifth.rpc}/status`)).json()) as {
        result: { validator_info: { address: string } };
      };
      const hasSigned = async (): Promise<boolean> => {
        const commit = (await (await fetch(`${first.rpc}/commit`)).json()) as Commit;
        const signatures = commit.result?.signed_header?.commit?.signatures ?? [];
        return signatures.some(
          ({ block_id_flag: flag, validator_address: address }) =>
            flag === 2 && address === result.validator_info.address,
        );
      };
      await expect.poll(hasSigned, { timeout: PATIENCE_MS, interval: 500 }).toBe(true);
    },
    4 * PATIENCE_MS,
  );

  it('has to be one of the network', async () => {
    const { code, stderr } = await runCli(['cluster', '--dir', directory, '--join', 'validator-9']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('the validators are validator-1')]);
  });
});
