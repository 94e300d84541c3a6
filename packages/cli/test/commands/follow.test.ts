import { cpSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createClient, createSender, developmentAccounts } from '@aivm/sdk';
import { describe, expect, it } from 'vitest';
import { nodesInFolder } from '../nodes-in-folder.ts';
import { type CliProcess, runCli } from '../spawn-cli.ts';

const TIMEOUT_MS = 120_000;

describe('aivm node --follow', () => {
  const { place, start } = nodesInFolder('aivm-follow-');
  const startSource = () => start(['devnet', '--data-dir', place('source')]);
  const follow = (url: string, name = 'follower') =>
    start(['node', '--genesis', place('genesis.json'), '--data-dir', place(name), '--follow', url]);
  const kill = async ({ child, ended }: CliProcess): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  const heightAt = async (url: string): Promise<number> => (await createClient({ url }).getStats()).height;
  const untilHeight = (url: string, height: number): Promise<void> =>
    expect
      .poll(() => heightAt(url), { timeout: TIMEOUT_MS, interval: 50 })
      .toBeGreaterThanOrEqual(height)
      .then(() => undefined);
  const pay = async (url: string, times: number): Promise<number> => {
    const [from, to] = developmentAccounts();
    if (from === undefined || to === undefined) throw new Error('no accounts');
    const sender = createSender({ client: createClient({ url }), wallet: from });
    let height = 0;
    for (let i = 0; i < times; i++) {
      const place = await sender.send({ kind: 'transfer', to: to.addressBytes, amount: 1n });
      height = place.height ?? 0;
    }
    return height;
  };

  it(
    'survives kill -9 of both, passes transactions on, and its directory makes no second chain',
    async () => {
      const source = await startSource();
      await pay(source.url, 20);
      await writeFile(place('genesis.json'), await readFile(join(place('source'), 'genesis.json')));
      const first = await follow(source.url);
      // Killed at some block of the twenty, or behind them.
      await untilHeight(first.url, 1);
      await kill(first.process);
      const second = await follow(source.url);
      const height = await pay(second.url, 3);
      expect(await heightAt(second.url)).toBeGreaterThanOrEqual(height);
      const both = await Promise.all(
        [source.url, second.url].map((url) => createClient({ url }).getBlock(height)),
      );
      expect(both[0]?.hash).toEqual(both[1]?.hash);

      await kill(source.process);
      const health = async () => {
        const answer = await fetch(`${second.url}/rpc/health`);
        return [
          answer.status,
          ((await answer.json()) as { details: Record<string, unknown> }).details,
        ] as const;
      };
      await expect.poll(async () => (await health())[0], { timeout: TIMEOUT_MS }).toBe(503);
      expect((await health())[1]).toMatchObject({ host: 'follower', blocks_behind: 0 });

      // The lock of the database, before anything is changed.
      const twice = await runCli([
        'node',
        '--data-dir',
        place('follower'),
        '--follow',
        source.url,
        '--port',
        '0',
      ]);
      expect([twice.code, twice.stderr]).toEqual([
        expect.any(Number),
        expect.stringContaining('data_dir_locked'),
      ]);
      expect(twice.code).not.toBe(0);
      await kill(second.process);

      const producer = await runCli(['node', '--data-dir', place('follower'), '--port', '0']);
      expect(producer.code).not.toBe(0);
      expect(producer.stderr).toContain("is a follower's");
      const verified = await runCli(['verify-db', place('follower')]);
      expect(verified.code).toBe(0);

      // A copy is no second producer, and may follow.
      // The socket of a killed node stays behind, and cpSync copies none.
      const filter = (path: string): boolean => !path.endsWith('.sock');
      cpSync(place('follower'), place('copy'), { recursive: true, filter });
      const back = await start(['devnet', '--data-dir', place('source')]);
      const copy = await start(['node', '--data-dir', place('copy'), '--follow', back.url]);
      const last = await pay(back.url, 1);
      await untilHeight(copy.url, last);
    },
    3 * TIMEOUT_MS,
  );

  it('refuses addresses and says where they come from', async () => {
    await writeFile(place('genesis.json'), '{"version":1,"chainId":7,"timestamp":1700000000}');
    const { code, stderr } = await runCli([
      ...['node', '--genesis', place('genesis.json'), '--data-dir', place('x'), '--port', '0'],
      ...['--follow', 'ftp://nowhere'],
    ]);
    expect(code).not.toBe(0);
    expect(stderr).toContain('ftp://nowhere');
    // A variable that is not set makes no producer.
    const none = await runCli(['node', '--data-dir', place('x'), '--port', '0', '--follow', '']);
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('--follow')]);
  });
});
