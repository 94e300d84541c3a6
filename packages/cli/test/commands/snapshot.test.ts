import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createClient, createSender, developmentAccounts } from '@aivm/sdk';
import { describe, expect, it } from 'vitest';
import { nodesInFolder } from '../nodes-in-folder.ts';
import { lastJsonLine, runCli } from '../spawn-cli.ts';

const TIMEOUT_MS = 120_000;

describe('aivm snapshot', () => {
  const { place, start } = nodesInFolder('aivm-cli-snapshot-');

  it(
    'takes the state of a chain, and lets others begin with it, from files and from a node',
    async () => {
      const source = await start(['devnet', '--data-dir', place('source')]);
      const [from, to] = developmentAccounts();
      if (from === undefined || to === undefined) throw new Error('no accounts');
      const sender = createSender({ client: createClient({ url: source.url }), wallet: from });
      await sender.send({ kind: 'transfer', to: to.addressBytes, amount: 77n });
      const genesis = place('genesis.json');
      await writeFile(genesis, await readFile(join(place('source'), 'genesis.json')));
      const locked = await runCli(['snapshot', 'take', '--data-dir', place('source')]);
      expect([locked.code === 0, locked.stderr]).toEqual([false, expect.stringContaining('data_dir_locked')]);
      source.process.child.kill('SIGTERM');
      await source.process.ended;

      const taken = await runCli(['snapshot', 'take', '--data-dir', place('source'), '--json']);
      expect(taken.code).toBe(0);
      const {
        trust,
        height,
        directory: folder,
      } = lastJsonLine(taken.stdout) as {
        trust: string;
        height: number;
        directory: string;
      };
      const restore = (name: string, id: string) =>
        runCli([
          ...['snapshot', 'restore', '--from', folder, '--trust', id, '--json'],
          ...['--genesis', genesis, '--data-dir', place(name)],
        ]);
      const wrong = await restore(
        'files',
        trust.replace(/.$/, (digit) => (digit === '0' ? '1' : '0')),
      );
      expect([wrong.code === 0, wrong.stderr]).toEqual([false, expect.stringContaining('trusted is')]);
      const restored = await restore('files', trust);
      expect(lastJsonLine(restored.stdout)).toEqual({ height, restored: true });
      // The chain goes on elsewhere: nobody makes blocks on it by accident.
      const producer = await runCli(['node', '--data-dir', place('files'), '--port', '0']);
      expect([producer.code === 0, producer.stderr]).toEqual([
        false,
        expect.stringContaining("is a follower's"),
      ]);

      const back = await start(['devnet', '--data-dir', place('source')]);
      const follow = ['node', '--genesis', genesis, '--data-dir', place('follower'), '--follow', back.url];
      const untrusted = await runCli([...follow, '--snapshot', '--port', '0']);
      expect([untrusted.code, untrusted.stderr]).toEqual([2, expect.stringContaining('--trust')]);
      const follower = await start([...follow, '--snapshot', '--trust', trust]);
      const client = createClient({ url: follower.url });
      await expect
        .poll(async () => (await client.getStats()).height, { timeout: TIMEOUT_MS })
        .toBeGreaterThanOrEqual(height);
      const source2 = createClient({ url: back.url });
      expect((await client.getAccount(to.addressBytes)).balance).toBe(
        (await source2.getAccount(to.addressBytes)).balance,
      );
      if (height > 1) await expect(client.getBlock(1)).rejects.toMatchObject({ code: 'not_found' });
      const again = createSender({ client, wallet: from });
      const paid = await again.send({ kind: 'transfer', to: to.addressBytes, amount: 5n });
      expect((await client.getStats()).height).toBeGreaterThanOrEqual(
        paid.height ?? Number.POSITIVE_INFINITY,
      );
    },
    4 * TIMEOUT_MS,
  );
});
