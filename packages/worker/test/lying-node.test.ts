import { runInt8Kernel } from '@aivm/core/execute';
import { ProviderStatus, readPanel, readProvider, readTask, Settlement } from '@aivm/core/state';
import { createClient } from '@aivm/sdk';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type ComputeBackend,
  createInt8Backend,
  createSdkNode,
  type ProviderEvent,
  runProvider,
  runWatcher,
  type WatcherEvent,
  type WorkerNode,
} from '../src/index.ts';
import { createTestChain, readTransactions, type TestChain, until } from './support/test-chain.ts';

const int8 = createInt8Backend({ nowMs: () => performance.now() });
const dishonest: ComputeBackend = {
  ...int8,
  run: async () => ({ output: Uint8Array.of(77), computeTimeMs: 0 }),
};
const LONG = {
  config: { taskTimeout: '20s', challengeWindowBlocks: 1_000 },
  params: { revealBlocks: 1_000, commitGraceBlocks: 1_000 },
};

/** A node whose JSON answers about tasks go through `alter`. */
function lyingNode(chain: TestChain, alter: (text: string) => string): WorkerNode {
  const lyingFetch: typeof fetch = async (input, init) => {
    const real = await fetch(input, init);
    if (!/\/tasks|\/work/.test(String(input))) return real;
    const headers = new Headers(real.headers);
    headers.delete('content-length');
    return new Response(alter(await real.text()), { status: real.status, headers });
  };
  return createSdkNode(createClient({ url: chain.node.http?.url ?? '', fetch: lyingFetch }));
}

const OTHER_INPUT = Buffer.from(new Uint8Array(32).fill(0x5a)).toString('base64');
const otherInput = (text: string): string =>
  text.replace(/"input_bytes":"[^"]*"/g, `"input_bytes":"${OTHER_INPUT}"`);

describe('a node that lies about tasks', () => {
  let chain: TestChain;
  let stop: AbortController;
  const events: (ProviderEvent | WatcherEvent)[] = [];
  beforeEach(async () => {
    chain = await createTestChain(LONG);
    stop = new AbortController();
    events.length = 0;
  });
  afterEach(async () => {
    stop.abort();
    await chain.close();
  });

  const state = () => chain.node.api.state();
  const provide = (account: number, node: WorkerNode, backend: ComputeBackend = int8) => {
    const sender = chain.senderOf(account);
    const options = {
      id: `p-${account}`,
      wallet: sender.address,
      endpoint: '',
      gpus: [],
      models: [],
      pollMs: 20,
    };
    const report = (event: ProviderEvent) => events.push(event);
    runProvider(options, { node, sender, backend, report }, stop.signal).catch(() => undefined);
    return until(() => readProvider(state(), `p-${account}`) !== undefined);
  };
  const watch = (node: WorkerNode, account = 8) =>
    void runWatcher(
      { pollMs: 20 },
      { node, sender: chain.senderOf(account), backend: int8, report: (event) => events.push(event) },
      stop.signal,
    ).catch(() => undefined);
  const isPosted = (id: string) => () => readTask(state(), id)?.settlement === Settlement.posted;
  const has = (kind: (ProviderEvent | WatcherEvent)['kind']) => () =>
    events.some((event) => event.kind === kind);
  const challenges = () => readTransactions(chain.node).filter(({ kind }) => kind === 'challenge');

  it('gets no answer for another input than the one on chain', async () => {
    await provide(1, lyingNode(chain, otherInput));
    await chain.submit(['t']);
    await until(has('stumbled'));
    expect(readTask(state(), 't')?.settlement).toBe(Settlement.open);
    expect(has('posted')()).toBe(false);
  });

  it('gets no challenge of a right result', async () => {
    await provide(1, chain.workerNode);
    watch(lyingNode(chain, otherInput));
    await chain.submit(['t']);
    await until(isPosted('t'));
    await until(has('stumbled'));
    expect(challenges()).toEqual([]);
  });

  it('gets no challenge by telling of another output and another hash', async () => {
    await provide(1, chain.workerNode);
    const right = runInt8Kernel(new Uint8Array(598), new Uint8Array(32));
    const lie = (text: string): string =>
      text
        .replace(
          /"output_bytes":"[^"]*"/g,
          `"output_bytes":"${Buffer.from([right[0] ?? 0, 1]).toString('base64')}"`,
        )
        .replace(/"output_hash":"[^"]*"/g, `"output_hash":"0x${'12'.repeat(32)}"`);
    watch(lyingNode(chain, lie));
    await chain.submit(['t']);
    await until(has('confirmed'));
    expect(challenges()).toEqual([]);
    expect(readProvider(state(), 'p-1')?.status).toBe(ProviderStatus.active);
  });

  it('has no member of a panel reveal while others commit', async () => {
    const early = (text: string): string =>
      /"provider":"p-1","status":"committed"/.test(text)
        ? text.replace(/"phase":"(drawing|committing)"/g, '"phase":"revealing"')
        : text;
    await provide(1, lyingNode(chain, early));
    for (const account of [2, 3, 4]) await provide(account, chain.workerNode);
    // Never answers: the others wait for it until their time is over.
    const idle: ComputeBackend = { ...int8, run: () => new Promise(() => {}) };
    await provide(5, chain.workerNode, idle);
    await chain.submit(['t'], { mode: 1, n: 5 });
    await until(() => readPanel(state(), 't')?.committed === 4 && has('skipped')());
    const height = readTask(state(), 't')?.createdAtHeight ?? 0;
    await until(() => chain.node.api.lastAccepted().header.height > height + 60);
    expect(readTransactions(chain.node).filter(({ kind }) => kind === 'revealResult')).toEqual([]);
  });

  it('has a watcher repeat no challenge that its account has lost', async () => {
    await provide(1, chain.workerNode, dishonest);
    await chain.submit(['t']);
    await until(isPosted('t'));
    const challenger = chain.senderOf(8).address;
    const postedHash = readTask(state(), 't')?.outputHash ?? new Uint8Array();
    const lost = { challenger, postedHash, verdict: 'rejected' } as const;
    watch({ ...chain.workerNode, getDispute: async () => lost });
    await until(has('unchallenged'));
    expect(events).toContainEqual(expect.objectContaining({ kind: 'unchallenged', code: 'duplicate' }));
    expect(challenges()).toEqual([]);
  });

  it('is not believed where a witness has another block', async () => {
    const other = await createTestChain({ config: { challengeWindowBlocks: 61 } });
    try {
      const [client, witness] = [chain, other].map(({ node }) => createClient({ url: node.http?.url ?? '' }));
      if (client === undefined || witness === undefined) throw new Error('two clients');
      await expect(createSdkNode(client, { witnesses: [client] }).proveChain()).resolves.toBeDefined();
      await expect(createSdkNode(client, { witnesses: [witness] }).proveChain()).rejects.toMatchObject({
        code: expect.stringMatching(/^(malformed|unreachable)$/),
      });
    } finally {
      await other.close();
    }
  });
});
