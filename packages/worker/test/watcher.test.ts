import { ProviderStatus, readProvider, readTask, Settlement } from '@aivm/core/state';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type ComputeBackend,
  createInt8Backend,
  createInt8BatchBackend,
  type OperationSender,
  runProvider,
  runWatcher,
  type WatcherEvent,
} from '../src/index.ts';
import { createTestChain, readTransactions, type TestChain, until } from './support/test-chain.ts';

const honest = createInt8Backend({ nowMs: () => performance.now() });
const dishonest: ComputeBackend = {
  ...honest,
  run: async (job, options) => {
    const { output, computeTimeMs } = await honest.run(job, options);
    return { output: output.map((byte) => byte ^ 0xff), computeTimeMs };
  },
};

describe('a watcher on a real node', () => {
  let chain: TestChain;
  let stop: AbortController;
  let events: WatcherEvent[];
  beforeEach(async () => {
    chain = await createTestChain({ config: { challengeWindowBlocks: 200 } });
    stop = new AbortController();
    events = [];
  });
  afterEach(async () => {
    stop.abort();
    await chain.close();
  });

  const startProvider = (id: string, account: number, backend: ComputeBackend) =>
    runProvider(
      {
        id,
        wallet: chain.senderOf(account).address,
        endpoint: '',
        gpus: [],
        models: [],
        pollMs: 20,
        stopTimeoutMs: 500,
      },
      { node: chain.workerNode, sender: chain.senderOf(account), backend },
      stop.signal,
    ).catch(() => undefined);
  const startWatcher = (signal = stop.signal, backend = honest) =>
    runWatcher(
      {},
      {
        node: chain.workerNode,
        sender: chain.senderOf(5),
        backend,
        report: (event) => events.push(event),
      },
      signal,
    );
  const isKnown = (id: string) => async () => (await chain.workerNode.getProvider(id)) !== undefined;
  const settlementOf = (id: string) => readTask(chain.node.api.state(), id)?.settlement;
  const challenges = () => readTransactions(chain.node).filter(({ kind }) => kind === 'challenge');

  it('challenges a wrong result that was posted before it started, and is right', async () => {
    startProvider('liar', 1, dishonest);
    await until(isKnown('liar'));
    await chain.submit(['t-1']);
    await until(() => settlementOf('t-1') === Settlement.posted);
    const watching = startWatcher();
    await until(() => readProvider(chain.node.api.state(), 'liar')?.status === ProviderStatus.slashed);
    stop.abort();
    await watching;
    expect(events).toContainEqual(expect.objectContaining({ kind: 'watching', posted: 1 }));
    expect(challenges()).toEqual([{ kind: 'challenge', taskId: 't-1', code: '' }]);
  });

  it('goes on after a restart and challenges nothing twice', async () => {
    const first = new AbortController();
    const watching = startWatcher(first.signal);
    await until(() => events.some(({ kind }) => kind === 'watching'));
    first.abort();
    await watching;
    startProvider('liar', 1, dishonest);
    await until(isKnown('liar'));
    await chain.submit(['t-1']);
    await until(() => settlementOf('t-1') === Settlement.posted);
    const again = startWatcher();
    const atOnce = startWatcher();
    await until(() => events.some(({ kind }) => kind === 'challenged'));
    stop.abort();
    await Promise.all([again, atOnce]);
    expect(challenges().filter(({ code }) => code === '')).toHaveLength(1);
  });

  it('challenges again what a killed node forgot', async () => {
    startProvider('liar', 1, dishonest);
    await until(isKnown('liar'));
    await chain.submit(['t-1']);
    await until(() => settlementOf('t-1') === Settlement.posted);
    const sender = chain.senderOf(5);
    let sent = 0;
    // The node said that the challenge is in a block, and lost it.
    const forgetful: OperationSender = {
      ...sender,
      send: (operation, options) =>
        sent++ === 0 ? Promise.resolve({ height: 1, nonce: 0n }) : sender.send(operation, options),
    };
    const watching = runWatcher(
      { pollMs: 20 },
      { node: chain.workerNode, sender: forgetful, backend: honest },
      stop.signal,
    );
    await until(() => readProvider(chain.node.api.state(), 'liar')?.status === ProviderStatus.slashed);
    stop.abort();
    await watching;
    expect(sent).toBe(2);
  });

  it('never challenges a right result', async () => {
    startProvider('honest', 1, honest);
    await until(isKnown('honest'));
    const watching = startWatcher();
    const ids = ['t-1', 't-2', 't-3', 't-4'];
    await chain.submit(ids);
    await until(() => ids.every((id) => settlementOf(id) === Settlement.final));
    stop.abort();
    await watching;
    expect(events.filter(({ kind }) => kind === 'confirmed')).toHaveLength(ids.length);
    expect(events.filter(({ kind }) => kind === 'mismatch')).toEqual([]);
    expect(challenges()).toEqual([]);
  });

  it('does not challenge a right result because its engine computes wrongly', async () => {
    const failures: Error[] = [];
    const broken = createInt8BatchBackend({
      engine: { name: 'broken', runBatch: async (_, inputs) => new Uint8Array(inputs.length / 32).fill(99) },
      nowMs: () => performance.now(),
      onFailure: (error) => failures.push(error),
    });
    startProvider('honest', 1, honest);
    await until(isKnown('honest'));
    const watching = startWatcher(stop.signal, broken);
    await chain.submit(['t-1', 't-2']);
    await until(() => events.filter(({ kind }) => kind === 'confirmed').length === 2);
    stop.abort();
    await watching;
    expect(failures.map(({ message }) => message)).toEqual(['broken: computed a wrong output']);
    expect(challenges()).toEqual([]);
  });
});
