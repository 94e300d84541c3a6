import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AivmError } from '@aivm/core/errors';
import { AbciHost } from '../../src/hosts/abci/abci-host.ts';
import { startAvalanchePlugin } from '../../src/hosts/avalanche/avalanche-plugin.ts';
import { embeddedHost } from '../../src/hosts/embedded/embedded-host.ts';
import { FollowerHost } from '../../src/hosts/follower/follower-host.ts';
import type { HostFactory, HostPort } from '../../src/hosts/host.ts';
import { startLuxPlugin } from '../../src/hosts/lux/lux-plugin.ts';
import type { Plugin } from '../../src/hosts/plugin/plugin.ts';
import { PluginChain } from '../../src/hosts/plugin/plugin-chain.ts';
import type { Block } from '../../src/hosts/vm/block.ts';
import { VM } from '../../src/hosts/vm/vm.ts';
import { createHttpApp } from '../../src/http/create-http-app.ts';
import type { LocalNode } from '../../src/local/local-node.ts';
import { openNode } from '../../src/local/open-node.ts';
import { silentLog } from '../../src/log.ts';
import { TransactionCache } from '../../src/mempool/transaction-cache.ts';
import type { KeyValueStore } from '../../src/store/key-value-store.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { TestEngine } from '../support/abci-engine.ts';
import { AvalancheNode } from '../support/avalanche-node.ts';
import { LuxNode } from '../support/lux-node.ts';
import type { DecidableBlock, DrivenHost, HostUnderTest } from './host-compliance.ts';

/** Longer than a test: no block is made for timers alone. */
const NEVER_MS = 3_600_000;
const TIMEOUT_MS = 30_000;
/** The tests give the same transactions to every host: their signatures are recovered once. */
const engine = { parseTransaction: new TransactionCache().parse };
const closing = (): AivmError => new AivmError('not_initialized', 'the test is over');

/** A host that makes a block by itself as soon as there are transactions. */
const drivenByItself = (name: string, makeHost: HostFactory): HostUnderTest => ({
  name,
  open: async ({ store, genesis }) => {
    const { node } = await openNode({ store, genesis, engine });
    let nowMs = genesis.timestamp * 1_000;
    const host = makeHost(node.port, { nowMs: () => nowMs });
    await host.start();
    return {
      port: node.port,
      order: async (transactions, timestamp) => {
        nowMs = timestamp * 1_000;
        const { height } = node.lastAccepted().header;
        for (const bytes of transactions) node.submitTransaction(bytes);
        await node.waitForBlock(height, { timeoutMs: TIMEOUT_MS });
      },
      stop: async () => {
        await host.stop();
        await node.close(closing());
        await store.close();
      },
    };
  },
});

const embedded = drivenByItself(
  'the embedded host',
  embeddedHost({ mode: 'instant', blockTimeMs: NEVER_MS }),
);

const decidable = (block: Block): DecidableBlock => ({
  id: block.id(),
  bytes: block.bytes(),
  verify: () => block.verify(),
  accept: () => block.accept(),
  reject: () => block.reject(),
});

/** The VM façade, driven as a node of another network drives its plugin. */
const vmFacade: HostUnderTest = {
  name: 'the VM façade',
  open: async ({ store, genesis }) => {
    let nowMs = genesis.timestamp * 1_000;
    const vm = new VM({ nowMs: () => nowMs });
    await vm.initialize({ store, genesis, engine, pace: 'host' });
    const { port } = vm.node();
    const build = async (timestamp: number): Promise<DecidableBlock> => {
      nowMs = timestamp * 1_000;
      return decidable(await vm.buildBlock());
    };
    return {
      port,
      order: async (transactions, timestamp) => {
        for (const bytes of transactions) port.submitTransaction(bytes);
        await vm.waitForEvent();
        const block = await build(timestamp);
        await block.verify();
        await vm.setPreference(block.id);
        await block.accept();
      },
      waitForEvent: (signal) => vm.waitForEvent({ signal }),
      blocks: {
        build,
        parse: async (bytes) => decidable(await vm.parseBlock(bytes)),
        get: async (id) => {
          try {
            return decidable(await vm.getBlock(id));
          } catch (error) {
            if (error instanceof AivmError && error.code === 'not_found') return undefined;
            throw error;
          }
        },
      },
      stop: () => vm.shutdown(),
    };
  },
};

/** What an outside engine does that has chosen the transactions of a block: assembles exactly those and accepts. */
export async function finalizeBlock(
  port: HostPort,
  transactions: readonly Uint8Array[],
  timestamp: number,
): ReturnType<HostPort['accept']> {
  const { block } = port.assemble({
    transactions: transactions.map((bytes) => port.parseTransaction(bytes)),
    timestamp,
  });
  port.verify(block);
  return port.accept(block.id);
}

/** An engine that orders transactions elsewhere and hands them over in finished blocks, as consensus engines do. */
const ordered: HostUnderTest = {
  name: 'an outside engine',
  open: async ({ store, genesis }) => {
    const { node } = await openNode({ store, genesis, engine });
    return {
      port: node.port,
      order: async (transactions, timestamp) => {
        await finalizeBlock(node.port, transactions, timestamp);
      },
      stop: async () => {
        await node.close(closing());
        await store.close();
      },
    };
  },
};

/** The host for CometBFT, over a socket, with something that plays CometBFT at the other end. */
const cometbft: HostUnderTest = {
  name: 'the CometBFT host',
  open: async ({ store, genesis }) => {
    const { node } = await openNode({ store, genesis, engine });
    const directory = await mkdtemp(join(tmpdir(), 'aivm-abci-'));
    const host = new AbciHost({ listen: `unix://${join(directory, 'app.sock')}` }, { port: node.port });
    await host.start();
    const outside = new TestEngine(host.address);
    await outside.handshake(genesis.timestamp);
    return {
      port: node.port,
      order: async (transactions, timestamp) => {
        const { height } = node.lastAccepted().header;
        await outside.decide(height + 1, timestamp, transactions);
      },
      stop: async () => {
        outside.close();
        await host.stop();
        await node.close(closing());
        await store.close();
        await rm(directory, { recursive: true, force: true });
      },
    };
  },
};

/** What a node asks of its plugin, whatever the wire format. */
interface PluginDriver {
  build(): Promise<{ readonly id: Uint8Array; readonly bytes: Uint8Array }>;
  parse(bytes: Uint8Array): Promise<{ readonly id: Uint8Array }>;
  /** The block's bytes. */
  get(id: Uint8Array): Promise<Uint8Array | undefined>;
  verify(bytes: Uint8Array): Promise<unknown>;
  prefer(id: Uint8Array): Promise<unknown>;
  accept(id: Uint8Array): Promise<unknown>;
  reject(id: Uint8Array): Promise<unknown>;
  waitForEvent(): Promise<unknown>;
  /** Says Shutdown and waits for its end. */
  stop(): Promise<void>;
}

/** A plugin over its wire, with a node's end of the tests' own. Only its clock and its store are those of the tests. */
const pluginOver = (
  name: string,
  connectTo: (chain: PluginChain) => Promise<PluginDriver>,
): HostUnderTest => ({
  name,
  open: async ({ store, genesis }): Promise<DrivenHost> => {
    let nowMs = genesis.timestamp * 1_000;
    const vm = new VM({ nowMs: () => nowMs });
    const open = () => ({ store, genesis, engine, pace: 'host' }) as const;
    const driver = await connectTo(new PluginChain({ makeVM: async () => vm, open }));
    const { port } = vm.node();
    const decide = (id: Uint8Array, bytes: Uint8Array): DecidableBlock => ({
      id,
      bytes,
      verify: async () => void (await driver.verify(bytes)),
      accept: async () => void (await driver.accept(id)),
      reject: async () => void (await driver.reject(id)),
    });
    const build = async (timestamp: number): Promise<DecidableBlock> => {
      nowMs = timestamp * 1_000;
      const { id, bytes } = await driver.build();
      return decide(id, bytes);
    };
    return {
      port,
      order: async (transactions, timestamp) => {
        for (const bytes of transactions) port.submitTransaction(bytes);
        await driver.waitForEvent();
        const block = await build(timestamp);
        await block.verify();
        await driver.prefer(block.id);
        await block.accept();
      },
      waitForEvent: () => driver.waitForEvent(),
      blocks: {
        build,
        parse: async (bytes) => decide((await driver.parse(bytes)).id, bytes),
        get: async (id) => {
          const bytes = await driver.get(id);
          return bytes && decide(id, bytes);
        },
      },
      stop: () => driver.stop(),
    };
  },
});

/** The start of a chain whose place the tests choose. */
const ANYWHERE = { genesis: '', chainDataDir: '/nowhere' };

/** A node's end of either kind. */
const driverOf = (node: LuxNode | AvalancheNode, plugin: Plugin): PluginDriver => ({
  build: () => node.buildBlock(),
  parse: (bytes) => node.parseBlock(bytes),
  get: async (id) => (await node.getBlock(id))?.bytes,
  verify: (bytes) => node.verify(bytes),
  prefer: (id) => node.setPreference(id),
  accept: (id) => node.accept(id),
  reject: (id) => node.reject(id),
  waitForEvent: () => node.waitForEvent(),
  stop: async () => {
    await node.shutdown().catch(() => undefined);
    await plugin.ended;
    node.close();
  },
});

const lux = pluginOver('the Lux plugin', async (chain) => {
  const plugin = await startLuxPlugin({ chain });
  const node = new LuxNode(plugin.address);
  await node.initialize(ANYWHERE);
  await node.setState(4);
  return driverOf(node, plugin);
});

const avalanche = pluginOver('the Avalanche plugin', async (chain) => {
  const plugin = await startAvalanchePlugin({ chain });
  const node = new AvalancheNode(plugin.address);
  await node.initialize(ANYWHERE);
  await node.setState(3);
  return driverOf(node, plugin);
});

/** The nodes that followers follow, by the follower's disk: they outlive its restarts. */
const followed = new WeakMap<KeyValueStore, Promise<LocalNode>>();

/** A node that follows another one, which an outside engine drives. */
const follower: HostUnderTest = {
  name: 'the follower',
  open: async ({ store, genesis }) => {
    const opening =
      followed.get(store) ?? openNode({ store: new MemoryStore(), genesis, engine }).then(({ node }) => node);
    followed.set(store, opening);
    const source = await opening;
    const { fetch } = createHttpApp({ node: source, log: silentLog });
    const { node } = await openNode({ store, genesis, engine });
    const host = new FollowerHost(
      { sources: ['http://source'], fetch: async (input, init) => fetch(new Request(input as string, init)) },
      { port: node.port },
    );
    host.start();
    return {
      port: node.port,
      order: async (transactions, timestamp) => {
        const { height } = node.lastAccepted().header;
        await finalizeBlock(source.port, transactions, timestamp);
        await node.waitForBlock(height, { timeoutMs: TIMEOUT_MS });
      },
      stop: async () => {
        await host.stop();
        await node.close(closing());
        await store.close();
      },
    };
  },
};

/** Every host, with what can be asked of it: whether blocks are decided from outside, and whether it tells of work. */
export const HOSTS: readonly (readonly [
  HostUnderTest,
  { readonly decides: boolean; readonly waits: boolean },
])[] = [
  [embedded, { decides: false, waits: false }],
  [vmFacade, { decides: true, waits: true }],
  [ordered, { decides: false, waits: false }],
  [cometbft, { decides: false, waits: false }],
  [follower, { decides: false, waits: false }],
  [lux, { decides: true, waits: true }],
  [avalanche, { decides: true, waits: true }],
];
