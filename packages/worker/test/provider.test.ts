import { readTask, Settlement } from '@aivm/core/state';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type ComputeBackend,
  createInt8Backend,
  type ProviderEvent,
  type ProviderOptions,
  runProvider,
} from '../src/index.ts';
import { createTestChain, readTransactions, type TestChain, until } from './support/test-chain.ts';

const honest = createInt8Backend({ nowMs: () => performance.now() });
const GPU = { model: 'test', memoryGb: 1, tflops: '1', available: true, temperature: '0', utilization: '0' };
const IDS = Array.from({ length: 8 }, (_, i) => `t-${i}`);

describe('a provider on a real node', () => {
  let chain: TestChain;
  let stop: AbortController;
  let events: ProviderEvent[];
  beforeEach(async () => {
    chain = await createTestChain();
    stop = new AbortController();
    events = [];
  });
  afterEach(async () => {
    stop.abort();
    await chain.close();
  });

  const start = (backend: ComputeBackend = honest, options: Partial<ProviderOptions> = {}) =>
    runProvider(
      {
        id: 'p-1',
        wallet: chain.senderOf(1).address,
        endpoint: '',
        gpus: [GPU, GPU, GPU, GPU],
        models: [],
        pollMs: 20,
        stopTimeoutMs: 1_000,
        ...options,
      },
      {
        node: chain.workerNode,
        sender: chain.senderOf(1),
        backend,
        report: (event) => events.push(event),
      },
      stop.signal,
    );
  const settlementOf = (id: string) => readTask(chain.node.api.state(), id)?.settlement;
  const allPosted = () =>
    IDS.every((id) => settlementOf(id) === Settlement.posted || settlementOf(id) === Settlement.final);
  const results = () => readTransactions(chain.node).filter(({ kind }) => kind === 'submitResult');

  it('registers, answers everything once, and sends heartbeats', async () => {
    const run = start();
    await until(async () => (await chain.workerNode.getProvider('p-1')) !== undefined);
    await chain.submit(IDS);
    await until(() => IDS.every((id) => settlementOf(id) === Settlement.final));
    await until(() => events.some(({ kind }) => kind === 'heartbeat'));
    stop.abort();
    await run;
    expect(
      results()
        .map(({ taskId }) => taskId)
        .sort(),
    ).toEqual(IDS);
    expect(results().every(({ code }) => code === '')).toBe(true);
    expect(events.filter(({ kind }) => kind === 'registered')).toHaveLength(1);
  });

  it('goes on after a kill without posting anything twice', async () => {
    // The first life computes and posts, and is dropped in the middle: nothing of it is told to stop cleanly.
    const killed = start(honest, { stopTimeoutMs: 0, concurrency: 2 });
    await until(async () => (await chain.workerNode.getProvider('p-1')) !== undefined);
    const submitting = chain.submit(IDS);
    await until(() => events.some(({ kind }) => kind === 'posted'));
    stop.abort();
    await killed;
    await submitting;
    expect(allPosted()).toBe(false);

    stop = new AbortController();
    events = [];
    const resumed = start();
    await until(allPosted);
    stop.abort();
    await resumed;
    expect(
      results()
        .map(({ taskId }) => taskId)
        .sort(),
    ).toEqual(IDS);
    expect(results().every(({ code }) => code === '')).toBe(true);
    expect(readTransactions(chain.node).filter(({ kind }) => kind === 'registerProvider')).toHaveLength(1);
    expect(events.some(({ kind }) => kind === 'resumed')).toBe(true);
  });

  it('waits for work that two lives of one key have in flight', async () => {
    // Two runs of one provider at once are what a restart with a transaction in flight looks like from the chain.
    const other = new AbortController();
    const first = start();
    await until(async () => (await chain.workerNode.getProvider('p-1')) !== undefined);
    await chain.submit(IDS);
    const second = runProvider(
      { id: 'p-1', wallet: chain.senderOf(1).address, endpoint: '', gpus: [GPU], models: [], pollMs: 20 },
      { node: chain.workerNode, sender: chain.senderOf(1), backend: honest },
      other.signal,
    );
    await until(() => IDS.every((id) => settlementOf(id) === Settlement.final));
    stop.abort();
    other.abort();
    await Promise.all([first, second]);
    const taken = results().filter(({ code }) => code === '');
    expect(taken.map(({ taskId }) => taskId).sort()).toEqual(IDS);
  });

  it('says so when its backend fails, and the task is refunded if nobody else serves it', async () => {
    const broken: ComputeBackend = { ...honest, run: () => Promise.reject(new Error('out of memory')) };
    const run = start(broken);
    await until(async () => (await chain.workerNode.getProvider('p-1')) !== undefined);
    await chain.submit(['t-broken']);
    await until(() => events.some(({ kind }) => kind === 'failed'));
    stop.abort();
    await run;
    expect(events).toContainEqual(
      expect.objectContaining({ kind: 'failed', error: 'the backend failed', detail: 'out of memory' }),
    );
    // Nobody else serves the model: the task does not wait for its deadline.
    expect(readTask(chain.node.api.state(), 't-broken')?.error).toBe('no_other_provider');
  });

  it("refuses to act for somebody else's provider", async () => {
    const run = start();
    await until(async () => (await chain.workerNode.getProvider('p-1')) !== undefined);
    const foreign = runProvider(
      { id: 'p-1', wallet: chain.senderOf(2).address, endpoint: '', gpus: [], models: [], pollMs: 20 },
      { node: chain.workerNode, sender: chain.senderOf(2), backend: honest },
      new AbortController().signal,
    );
    await expect(foreign).rejects.toMatchObject({ code: 'forbidden' });
    stop.abort();
    await run;
  });
});
