import { readTask, TaskStatus } from '@aivm/core/state';
import { afterEach, describe, expect, it } from 'vitest';
import { EmbeddedHost, type EmbeddedHostOptions } from '../../../src/hosts/embedded/embedded-host.ts';
import type { LocalNode } from '../../../src/local/local-node.ts';
import { openNode } from '../../../src/local/open-node.ts';
import type { LogFields } from '../../../src/log.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { FaultyStore } from '../../support/faulty-store.ts';
import {
  people,
  registerProvider,
  submitTask,
  type TestAccount,
  testGenesis,
  transfer,
} from '../../support/test-genesis.ts';

const crowd = people(2);
const [alice, bob] = crowd as [TestAccount, TestAccount];
const hosts: EmbeddedHost[] = [];
afterEach(async () => {
  for (const host of hosts.splice(0)) await host.stop();
});

interface Fixture {
  readonly node: LocalNode;
  readonly host: EmbeddedHost;
  readonly store: FaultyStore;
  readonly warnings: LogFields[];
  readonly errors: LogFields[];
  readonly fatal: unknown[];
}

async function start(options: EmbeddedHostOptions, nowMs = Date.now): Promise<Fixture> {
  const store = new FaultyStore(new MemoryStore());
  const { node } = await openNode({ store, genesis: testGenesis(crowd) });
  const warnings: LogFields[] = [];
  const errors: LogFields[] = [];
  const fatal: unknown[] = [];
  const ignore = (): void => undefined;
  const log = {
    debug: ignore,
    info: ignore,
    warn: (fields: LogFields) => warnings.push(fields),
    error: (fields: LogFields) => errors.push(fields),
  };
  const host = new EmbeddedHost(options, {
    port: node.port,
    log,
    nowMs,
    onFatal: (error) => fatal.push(error),
  });
  hosts.push(host);
  host.start();
  host.start();
  return { node, host, store, warnings, errors, fatal };
}

const pay = (nonce: bigint): Uint8Array => alice.sign(transfer(bob.address), nonce).bytes;
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const heightOf = (node: LocalNode): number => node.lastAccepted().header.height;
/** When each block was accepted. */
async function acceptTimes(node: LocalNode, blocks: number): Promise<number[]> {
  const times: number[] = [];
  for (let height = heightOf(node); times.length < blocks; ) {
    height = await node.waitForBlock(height, { timeoutMs: 20_000 });
    times.push(performance.now());
  }
  return times;
}

describe('EmbeddedHost, instant', () => {
  it('makes a block at once for transactions and none without work', async () => {
    const { node } = await start({ mode: 'instant', blockTimeMs: 60_000 });
    await sleep(50);
    expect(heightOf(node)).toBe(0);
    for (let nonce = 0n; nonce < 3n; nonce++) {
      const tx = node.submitTransaction(pay(nonce));
      const { outcome, height } = await node.waitForTransaction(tx.id, { timeoutMs: 10_000 });
      expect([outcome.code, height]).toEqual(['', Number(nonce) + 1]);
    }
    await sleep(50);
    expect(heightOf(node)).toBe(3);
    expect(node.lastAccepted().header.timestamp).toBeGreaterThan(Date.now() / 1_000 - 60);
  });

  it('makes a block every blockTimeMs while timers run, until the task has ended', async () => {
    const { node } = await start({ mode: 'instant', blockTimeMs: 20 });
    const register = node.submitTransaction(bob.sign(registerProvider('p', bob.address), 0n).bytes);
    await node.waitForTransaction(register.id, { timeoutMs: 10_000 });
    const tx = node.submitTransaction(alice.sign(submitTask('t', { deadlineBlocks: 10n }), 0n).bytes);
    const { height } = await node.waitForTransaction(tx.id, { timeoutMs: 10_000 });
    const startedAt = performance.now();
    const drawn = await node.waitForBlock(height, { timeoutMs: 10_000 });
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(15);
    expect(readTask(node.state(), 't')).toMatchObject({ assignedTo: 'p', status: TaskStatus.assigned });
    let reached = drawn;
    for (let i = 0; node.port.work().timers && i < 100; i++) {
      reached = await node.waitForBlock(reached, { timeoutMs: 10_000 });
    }
    expect(readTask(node.state(), 't')?.status).toBe(TaskStatus.failed);
    await sleep(100);
    expect(heightOf(node)).toBe(reached);
  });

  it('stands still while a task waits that nobody serves, until there is a transaction', async () => {
    const { node } = await start({ mode: 'instant', blockTimeMs: 1 });
    const tx = node.submitTransaction(
      alice.sign(submitTask('t', { deadlineBlocks: 9_000n, fee: 50_000_000n }), 0n).bytes,
    );
    const { height } = await node.waitForTransaction(tx.id, { timeoutMs: 10_000 });
    for (let i = 0; heightOf(node) < height + 100 && i < 1_000; i++) await sleep(20);
    await sleep(300);
    expect(heightOf(node)).toBe(height + 100);
    const register = node.submitTransaction(bob.sign(registerProvider('p', bob.address), 0n).bytes);
    const registered = await node.waitForTransaction(register.id, { timeoutMs: 10_000 });
    await node.waitForBlock(registered.height, { timeoutMs: 10_000 });
    expect(readTask(node.state(), 't')).toMatchObject({ assignedTo: 'p', status: TaskStatus.assigned });
  });

  it('does not let timers hold transactions up', async () => {
    const { node } = await start({ mode: 'instant', blockTimeMs: 60_000 });
    const first = node.submitTransaction(alice.sign(submitTask('t'), 0n).bytes);
    await node.waitForTransaction(first.id, { timeoutMs: 10_000 });
    expect(node.port.work()).toEqual({ transactions: false, timers: true, onlyDeadlines: true });
    await sleep(20);
    const second = node.submitTransaction(pay(1n));
    await node.waitForTransaction(second.id, { timeoutMs: 10_000 });
    expect(heightOf(node)).toBe(2);
  });
});

describe('EmbeddedHost, interval', () => {
  it('keeps the block time between any two blocks', async () => {
    const { node } = await start({ mode: 'interval', blockTimeMs: 60 });
    const times = acceptTimes(node, 3);
    for (let nonce = 0n; nonce < 30n; nonce++) {
      node.submitTransaction(pay(nonce));
      await sleep(6);
    }
    const [first = 0, second = 0, third = 0] = await times;
    expect(second - first).toBeGreaterThanOrEqual(55);
    expect(third - second).toBeGreaterThanOrEqual(55);
  });

  it('sleeps without work', async () => {
    const { node } = await start({ mode: 'interval', blockTimeMs: 5 });
    await sleep(60);
    expect(heightOf(node)).toBe(0);
  });
});

describe('EmbeddedHost in trouble', () => {
  it('tries again, ever later, when a block cannot be built', async () => {
    const { node, host, errors } = await start({ mode: 'instant', blockTimeMs: 1_000 });
    const propose = node.port.propose.bind(node.port);
    let attempts = 0;
    node.port.propose = (timestamp) => {
      attempts++;
      if (attempts <= 2) throw new Error('broken');
      return propose(timestamp);
    };
    const startedAt = performance.now();
    const tx = node.submitTransaction(pay(0n));
    await sleep(50);
    expect(host.health()).toMatchObject({ healthy: false, details: { block_failures_in_a_row: 1 } });
    await node.waitForTransaction(tx.id, { timeoutMs: 10_000 });
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(290);
    expect(errors).toMatchObject([
      { error: 'broken', retryMs: 100 },
      { error: 'broken', retryMs: 200 },
    ]);
    await sleep(0);
    expect(host.health()).toMatchObject({ healthy: true, details: { blocks_made: 1 } });
  });

  it('stops for good, and says so once, when the store fails', async () => {
    const { node, host, store, fatal, errors } = await start({ mode: 'instant', blockTimeMs: 10 });
    store.nextFault = 'before';
    node.submitTransaction(pay(0n));
    await sleep(100);
    expect([fatal.length, errors.length, heightOf(node)]).toEqual([1, 1, 0]);
    expect([host.health().healthy, node.health().healthy]).toEqual([false, false]);
    await host.stop();
  });

  it('stops after the block in progress, and then makes none', async () => {
    const { node, host } = await start({ mode: 'instant', blockTimeMs: 10 });
    node.submitTransaction(pay(0n));
    await sleep(0);
    await host.stop();
    await host.stop();
    const height = heightOf(node);
    node.submitTransaction(pay(1n));
    await sleep(40);
    expect(heightOf(node)).toBe(height);
  });

  it('says that block time stands still after a clock that was ahead', async () => {
    const yearMs = 365 * 86_400_000;
    let aheadMs = yearMs;
    const { node, host, warnings } = await start(
      { mode: 'instant', blockTimeMs: 10 },
      () => Date.now() + aheadMs,
    );
    node.submitTransaction(pay(0n));
    await acceptTimes(node, 1);
    expect([warnings, host.health().details.block_time_ahead_s]).toEqual([[], undefined]);
    aheadMs = 0;
    for (const nonce of [1n, 2n]) {
      node.submitTransaction(pay(nonce));
      await acceptTimes(node, 1);
    }
    expect(warnings).toHaveLength(1);
    expect(Number(warnings[0]?.aheadSeconds)).toBeGreaterThan(yearMs / 1_000 - 60);
    expect(host.health().details.block_time_ahead_s).toBeGreaterThan(yearMs / 1_000 - 60);
  });

  it('refuses a block time that would be a busy loop', async () => {
    const { node } = await start({ mode: 'instant', blockTimeMs: 10 });
    for (const blockTimeMs of [0, -1, 0.5, Number.NaN]) {
      expect(() => new EmbeddedHost({ mode: 'interval', blockTimeMs }, { port: node.port })).toThrow(
        RangeError,
      );
    }
  });
});
