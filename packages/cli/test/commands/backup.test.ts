import { chmod, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createClient, createSender, developmentAccounts } from '@aivm/sdk';
import { describe, expect, it } from 'vitest';
import { nodesInFolder } from '../nodes-in-folder.ts';
import { lastJsonLine, runCli } from '../spawn-cli.ts';

const TIMEOUT_MS = 600_000;

/** Sends transfers, one after the other, until it is told to stop. */
function load(url: string): { stop(): Promise<number> } {
  const [from, to] = developmentAccounts();
  if (from === undefined || to === undefined) throw new Error('no accounts');
  const sender = createSender({ client: createClient({ url }), wallet: from });
  let isStopped = false;
  let sent = 0;
  const running = (async () => {
    while (!isStopped) {
      await sender.send({ kind: 'transfer', to: to.addressBytes, amount: 1n });
      sent++;
    }
  })();
  return {
    stop: async () => {
      isStopped = true;
      await running;
      return sent;
    },
  };
}

describe('aivm backup and restore', { timeout: TIMEOUT_MS }, () => {
  const { place, start } = nodesInFolder('aivm-cli-backup-');
  const fails = async (args: readonly string[], text: string): Promise<void> => {
    const { code, stderr } = await runCli(args);
    expect([code === 0, stderr]).toEqual([false, expect.stringContaining(text)]);
  };

  it('copies a chain under load, which verifies, and goes on from there', async () => {
    const devnet = await start(['devnet', '--data-dir', place('chain')]);
    const busy = load(devnet.url);
    const take = ['backup', '--data-dir', place('chain'), '--to'];
    const taken = [];
    for (const name of ['first', 'second']) {
      const { code, stdout } = await runCli([...take, place(name), '--json']);
      expect(code).toBe(0);
      taken.push(lastJsonLine(stdout) as { height: number; block: string; running: boolean });
    }
    const sent = await busy.stop();
    expect(sent).toBeGreaterThan(0);
    const [first, second] = taken;
    expect(first).toMatchObject({ running: true, block: expect.stringMatching(/^0x[0-9a-f]{64}$/) });
    expect(second?.height).toBeGreaterThan(first?.height ?? 0);
    await fails([...take, place('first')], 'is there already');
    await fails(
      ['node', '--data-dir', place('second'), '--port', '0'],
      'is a copy of another data directory',
    );

    const restore = ['restore', '--from', place('second'), '--data-dir'];
    const restored = await runCli([...restore, place('restored'), '--json']);
    expect(lastJsonLine(restored.stdout)).toMatchObject({ height: second?.height, adopted: false });
    const verified = await runCli(['verify-db', place('restored'), '--json']);
    expect(lastJsonLine(verified.stdout)).toMatchObject({ height: second?.height });
    await fails([...restore, place('restored')], 'is not empty');
    await fails(['devnet', '--data-dir', place('restored'), '--port', '0'], '--adopt');
    devnet.process.child.kill('SIGKILL');
    await devnet.process.ended;

    const back = await start(['devnet', '--data-dir', place('restored'), '--adopt']);
    const more = load(back.url);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await more.stop();
    back.process.child.kill('SIGTERM');
    await back.process.ended;
    // The node is stopped: the command copies by itself.
    const cold = await runCli(['backup', '--data-dir', place('restored'), '--to', place('cold'), '--json']);
    const { height, running } = lastJsonLine(cold.stdout) as { height: number; running: boolean };
    expect([height > (second?.height ?? 0), running]).toEqual([true, false]);
    // A killed node leaves its socket; the next one takes the place.
    const again = await start(['devnet', '--data-dir', place('chain')]);
    expect((await runCli([...take, place('third')])).code).toBe(0);
    again.process.child.kill('SIGTERM');
    await again.process.ended;
  });

  it('refuses what is no backup, a damaged one, and a restore that was cut off', async () => {
    await mkdir(place('empty'));
    await fails(['restore', '--from', place('empty'), '--data-dir', place('x')], 'is no backup');
    await fails(['backup', '--data-dir', place('empty'), '--to', place('y')], 'holds no chain');
    await writeFile(join(place('empty'), 'backup.json'), '{"format":99}');
    await fails(['restore', '--from', place('empty'), '--data-dir', place('x')], 'format 99');

    const devnet = await start(['devnet', '--data-dir', place('small')]);
    expect((await runCli(['backup', '--data-dir', place('small'), '--to', place('b')])).code).toBe(0);
    devnet.process.child.kill('SIGTERM');
    await devnet.process.ended;
    // Root writes everywhere: only others are held to the permissions.
    if (process.getuid?.() !== 0) {
      await chmod(place('empty'), 0o555);
      await fails(
        ['backup', '--data-dir', place('small'), '--to', join(place('empty'), 'b')],
        'permission denied',
      );
      await chmod(place('empty'), 0o755);
    }
    const database = join(place('b'), 'db');
    const victim = (await readdir(database)).find((name) => /\.(ldb|log)$/.test(name)) ?? '';
    await rm(join(database, victim));
    await writeFile(
      join(database, victim),
      'not what was there, and long enough to be read as a block of entries',
    );
    await fails(['restore', '--from', place('b'), '--data-dir', place('r')], 'data_dir_corrupt');
    await fails(['devnet', '--data-dir', place('r'), '--port', '0'], 'run aivm restore again');
  });
});
