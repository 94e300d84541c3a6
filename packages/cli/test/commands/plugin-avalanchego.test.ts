import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bytesToCb58, createClient, createSender, developmentAccounts } from '@aivm/sdk';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createDevnetGenesis } from '../../src/node/devnet-genesis.ts';
import { installPlugin } from '../support/plugin-process.ts';

/** What scripts/build-avalanche-node.sh makes of support/avalanchego: avalanchego's client of rpcchainvm, v1.14.2. */
const NODE = fileURLToPath(
  new URL('../../../../node_modules/.cache/aivm-avalanchego/avalanche-node', import.meta.url),
);
const PATIENCE_MS = 180_000;
const isBuilt = existsSync(NODE);
if (!isBuilt) {
  console.log(
    "skipped: avalanchego's client is not built; scripts/build-avalanche-node.sh does (Go and a C compiler)",
  );
}

interface Line {
  readonly event: string;
  readonly [name: string]: unknown;
}

/** The node as a process, with the lines that it has written. */
function startNode(...args: readonly string[]) {
  const child = spawn(NODE, [...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines: Line[] = [];
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const parts = `${rest}${text}`.split('\n');
    rest = parts.pop() ?? '';
    // Others of its packages write there too.
    for (const part of parts) if (part.startsWith('{"')) lines.push(JSON.parse(part));
  });
  const ended = new Promise<number | null>((resolve) => {
    child.on('close', resolve);
  });
  const wait = async (event: string): Promise<Line> => {
    let found: Line | undefined;
    await expect
      .poll(
        () => {
          found = lines.find((line) => line.event === event || line.event === 'failed');
          return found?.event;
        },
        { timeout: PATIENCE_MS, message: JSON.stringify(lines) },
      )
      .toBe(event);
    return found as Line;
  };
  return { child, lines, ended, wait };
}

describe.skipIf(!isBuilt)("a plugin under avalanchego's own client", () => {
  let directory = '';
  let plugin = '';
  let genesis = '';
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'aivm-avalanchego-'));
    plugin = await installPlugin(join(directory, 'plugins'));
    genesis = join(directory, 'genesis.json');
    const timestamp = Math.floor(Date.now() / 1_000) - 60;
    await writeFile(genesis, createDevnetGenesis({ timestamp, blockTimeMs: 1_000, accounts: 10 }));
  }, PATIENCE_MS);
  afterAll(() => rm(directory, { recursive: true, force: true }));

  it(
    'is started for its version alone',
    async () => {
      const node = startNode('--plugin', plugin);
      expect(await node.wait('version')).toMatchObject({ version: 'v1.0.0', protocol: 45 });
      expect(await node.ended).toBe(0);
    },
    PATIENCE_MS,
  );

  it(
    "makes blocks of what comes over the node's HTTP, and finds the same head when it is started again",
    async () => {
      const start = () =>
        startNode('--plugin', plugin, '--dir', join(directory, 'chain'), '--genesis', genesis);
      const node = start();
      const open = await node.wait('open');
      expect(open).toMatchObject({
        height: 0,
        stateSync: false,
        unknown: 'not found',
        health: { healthy: true },
      });
      const client = createClient({ url: `${open.url}/ext/bc/aivm/rpc` });
      const [from, to] = developmentAccounts();
      if (from === undefined || to === undefined) throw new Error('no development accounts');
      const sender = createSender({ client, wallet: from });
      for (let nonce = 0; nonce < 3; nonce++) {
        await sender.send({ kind: 'transfer', to: to.addressBytes, amount: 5n });
      }
      // A route with a part that varies, and all of them by the header.
      expect((await client.getAccount(from.addressBytes)).nonce).toBe(3n);
      const byHeader = await fetch(`${open.url}/rpc/accounts/${from.address}`, {
        headers: { 'Avalanche-Api-Route': String(open.chain) },
      });
      expect([byHeader.status, (await byHeader.json()).nonce]).toEqual([200, 3]);
      const head = await client.getBlock('latest');
      const made = node.lines.filter(({ event }) => event === 'block');
      expect(made.map(({ height }) => height)).toEqual(made.map((_, index) => index + 1));
      expect(made.find(({ height }) => height === head.height)?.id).toBe(bytesToCb58(head.hash));
      node.child.stdin.end();
      expect(await node.ended).toBe(0);
      expect(node.lines.at(-1)).toEqual({ event: 'stopped' });
      const again = start();
      const reopened = await again.wait('open');
      expect(reopened).toMatchObject({ height: head.height, id: bytesToCb58(head.hash) });
      again.child.kill('SIGKILL');
      await again.ended;
      // The plugin sees that its node is gone and gives the directory free.
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      const third = start();
      expect(await third.wait('open')).toMatchObject({ id: reopened.id });
      third.child.stdin.end();
      expect(await third.ended).toBe(0);
    },
    3 * PATIENCE_MS,
  );
});
