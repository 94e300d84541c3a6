import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, createSender, developmentAccounts } from '@aivm/sdk';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { LuxNode } from '../../../node/test/support/lux-node.ts';
import { LuxRuntime } from '../../../node/test/support/lux-runtime.ts';
import { createDevnetGenesis } from '../../src/node/devnet-genesis.ts';
import { runCli, startCli } from '../spawn-cli.ts';
import {
  installPlugin,
  KINDS,
  type Kind,
  makeBlocks,
  openChain,
  type PluginProcess,
  serveAsNode,
  startOrphan,
  startPluginProcess,
} from '../support/plugin-process.ts';

const VM_FILE = 'juFxSrbCM4wszxddKepj1GWwmrn9YgN1g4n3VUWPpRo9JjERA';
const PATIENCE_MS = 120_000;
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

let directory = '';
let path = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'aivm-plugin-'));
  path = await installPlugin(join(directory, 'plugins'));
}, PATIENCE_MS);
afterAll(() => rm(directory, { recursive: true, force: true }));

const genesis = createDevnetGenesis({
  timestamp: Math.floor(Date.now() / 1_000) - 60,
  blockTimeMs: 1_000,
  accounts: 10,
  configText: '{"challengeWindowBlocks": 3}',
});

/** One chain's directory, with the plugins that are started on it. */
async function machine(kind: Kind) {
  const chainDataDir = await mkdtemp(join(directory, 'chain-'));
  const start = async (): Promise<PluginProcess> => {
    const plugin = await startPluginProcess(kind, path);
    onTestFinished(() => {
      plugin.node.close();
      plugin.child.kill('SIGKILL');
    });
    return plugin;
  };
  const open = async () => {
    const plugin = await start();
    return { plugin, last: await openChain(kind, plugin, { genesis, chainDataDir }) };
  };
  return { chainDataDir, start, open };
}

const shutDown = async ({ node, ended }: PluginProcess): Promise<void> => {
  await node.shutdown();
  expect(await ended).toBe(0);
};

describe('aivm plugin install', () => {
  it(
    'writes one script with absolute paths, named after the id of the VM, and replaces it',
    async () => {
      expect(await readdir(join(directory, 'plugins'))).toEqual([VM_FILE]);
      expect((await stat(path)).mode & 0o777).toBe(0o755);
      const lines = (await readFile(path, 'utf8')).split('\n');
      expect(lines[0]).toBe('#!/bin/sh');
      expect(lines.at(-2)).toBe(
        `exec '${process.execPath}' '${join(import.meta.dirname, '../../bin/aivm.js')}' 'plugin' '--log-level' 'info'`,
      );
      const other = join(directory, "it's");
      await installPlugin(other);
      expect(await installPlugin(other, '--protocol-version', '46')).toBe(join(other, VM_FILE));
      expect(await readFile(join(other, VM_FILE), 'utf8')).toContain("'--protocol-version' '46'");
    },
    PATIENCE_MS,
  );

  it(
    'says what starts a plugin where nobody did',
    async () => {
      const { code, stderr } = await runCli(['plugin']);
      expect([code, stderr]).toEqual([2, expect.stringContaining('aivm plugin install')]);
      const both = { VM_RUNTIME_ENGINE_ADDR: '127.0.0.1:1', AVALANCHE_VM_RUNTIME_ENGINE_ADDR: '127.0.0.1:1' };
      expect((await runCli(['plugin'], both)).code).toBe(2);
      const grpc = { VM_RUNTIME_ENGINE_ADDR: '127.0.0.1:1', VM_TRANSPORT: 'grpc' };
      expect((await runCli(['plugin'], grpc)).stderr).toContain('expected zap, got "grpc"');
      const nobody = await runCli(['plugin'], { LUX_VM_RUNTIME_ENGINE_ADDR: '127.0.0.1:1' });
      expect([nobody.code, nobody.stderr]).toEqual([5, expect.stringContaining('unreachable')]);
      const wrong = new LuxRuntime({ protocol: 7 });
      await wrong.listen();
      onTestFinished(() => wrong.close());
      const refused = await runCli(['plugin'], { VM_RUNTIME_ENGINE_ADDR: wrong.address });
      expect([refused.code, refused.stderr]).toEqual([
        5,
        expect.stringContaining('did not take protocol 42'),
      ]);
      const taken = runCli(['plugin', '--protocol-version', '7'], { VM_RUNTIME_ENGINE_ADDR: wrong.address });
      const node = new LuxNode(await wrong.plugin);
      await node.shutdown();
      expect((await taken).code).toBe(0);
    },
    PATIENCE_MS,
  );
});

describe.each(KINDS)('aivm plugin under a node of kind %s', (kind) => {
  it(
    'is there for Version and Shutdown alone, with an empty environment, and ends by itself',
    async () => {
      const { start } = await machine(kind);
      const plugin = await start();
      expect(await plugin.node.version()).toBe('v1.0.0');
      await shutDown(plugin);
    },
    PATIENCE_MS,
  );

  it(
    'carries a task from its submission to a final answer, and finds the same head again',
    async () => {
      const { open } = await machine(kind);
      const { plugin } = await open();
      const making = makeBlocks(plugin, () => undefined);
      const { url, close } = await serveAsNode(plugin);
      const provider = startCli(['provider', '--dev', '1', '--id', 'p-1', '--node', url]);
      const second = startCli(['provider', '--dev', '2', '--id', 'p-2', '--node', url]);
      onTestFinished(() => {
        close();
        provider.child.kill('SIGKILL');
        second.child.kill('SIGKILL');
      });
      const client = createClient({ url });
      await expect.poll(async () => (await client.getProviders()).length, { timeout: PATIENCE_MS }).toBe(2);
      const input =
        '[34,-67,39,30,50,106,84,80,74,73,78,-18,88,75,-6,40,21,21,37,27,59,-45,72,62,41,83,67,73,91,62,0,0]';
      const task = [
        'task',
        'submit',
        'wdbc-int8',
        '--dev',
        '0',
        '--wait',
        '--node',
        url,
        '--input',
        input,
        '--json',
      ];
      const { code, stdout, stderr } = await runCli(task);
      expect([code, stderr]).toEqual([0, expect.not.stringContaining('error')]);
      expect(stdout).toContain('"final"');
      provider.child.kill('SIGTERM');
      second.child.kill('SIGTERM');
      await Promise.all([provider.ended, second.ended]);
      const before = await client.getBlock('latest');
      await shutDown(plugin);
      await making;
      const again = await open();
      expect(BigInt(again.last.height)).toBeGreaterThanOrEqual(BigInt(before.height));
      expect(await again.plugin.node.blockIdAt(BigInt(before.height))).toEqual(before.hash);
      await shutDown(again.plugin);
    },
    2 * PATIENCE_MS,
  );

  it(
    'loses nothing that it acknowledged when it is killed at any step of a block',
    async () => {
      const { open } = await machine(kind);
      let { plugin, last } = await open();
      const [from, to] = developmentAccounts();
      if (from === undefined || to === undefined) throw new Error('no development accounts');
      const steps = ['build', 'verify', 'prefer', 'accept', 'accepted'] as const;
      for (const step of steps) {
        const { node } = plugin;
        const { url, close } = await serveAsNode(plugin);
        const sender = createSender({ client: createClient({ url }), wallet: from });
        const sent = sender.send({ kind: 'transfer', to: to.addressBytes, amount: 1n });
        sent.catch(() => undefined);
        await node.waitForEvent();
        const block = await node.buildBlock();
        if (step !== 'build') await node.verify(block.bytes);
        if (step !== 'build' && step !== 'verify') await node.setPreference(block.id);
        if (step === 'accept') node.accept(block.id).catch(() => undefined);
        if (step === 'accepted') await node.accept(block.id);
        plugin.child.kill('SIGKILL');
        expect(await plugin.ended).toBe('SIGKILL');
        close();
        const before = last;
        ({ plugin, last } = await open());
        const heads = {
          build: [before],
          verify: [before],
          prefer: [before],
          accept: [before, block],
          accepted: [block],
        };
        expect(heads[step].map(({ id }) => hex(id))).toContain(hex(last.id));
        // The same block again, as a node brings it that others have accepted.
        await plugin.node.verify(block.bytes);
        await plugin.node.accept(block.id);
        expect(await plugin.node.blockIdAt(block.height)).toEqual(block.id);
        last = { ...last, id: block.id, height: block.height };
      }
      expect(last.height).toBe(5n);
      await shutDown(plugin);
    },
    2 * PATIENCE_MS,
  );

  it(
    'ignores SIGINT and SIGTERM until Shutdown, and refuses a directory that another one uses',
    async () => {
      const { open, start, chainDataDir } = await machine(kind);
      const { plugin, last } = await open();
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGINT', 'SIGTERM'] as const) plugin.child.kill(signal);
      const second = await start();
      await expect(openChain(kind, second, { genesis, chainDataDir })).rejects.toMatchObject({
        code: 'data_dir_locked',
      });
      await shutDown(second);
      expect(await plugin.node.blockIdAt(0n)).toEqual(last.id);
      await shutDown(plugin);
    },
    PATIENCE_MS,
  );

  it(
    'closes its chain and ends when the node that started it is killed',
    async () => {
      const { chainDataDir, open } = await machine(kind);
      const runtime = await startOrphan(kind, path);
      onTestFinished(() => runtime.node.close());
      await openChain(kind, runtime, { genesis, chainDataDir });
      runtime.killNode();
      await expect.poll(() => isAlive(runtime.pid), { timeout: 20_000 }).toBe(false);
      const { plugin } = await open();
      await shutDown(plugin);
    },
    PATIENCE_MS,
  );
});

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};
