import { utf8ToBytes } from '@aivm/core/bytes';
import { readTask, readTaskInput, readTaskOutput, Settlement } from '@aivm/core/state';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type ComputeBackend,
  createInt8Backend,
  type ProviderEvent,
  runProvider,
  runWatcher,
  type WatcherEvent,
} from '../src/index.ts';
import { createTestChain, type TestChain, until } from './support/test-chain.ts';

const OPAQUE = 'zen-coder-1.5b';
const ODD = [
  '9007199254740993',
  '1e20',
  '-0',
  '"\\ud800"',
  '['.repeat(9_000) + ']'.repeat(9_000),
  '{"a":1,"a":2}',
  '{ "b": 1 }',
  '\u0000\u0001',
];

const int8 = createInt8Backend({ nowMs: () => performance.now() });
/** Answers with the bytes of the input, whatever they are. */
const echo: ComputeBackend = {
  name: 'echo',
  supports: () => true,
  run: async ({ input }) => ({ output: input, computeTimeMs: 0 }),
};

describe('inputs and outputs that no JSON reader agrees on', () => {
  let chain: TestChain;
  let stop: AbortController;
  let ended: string[];
  const reports: (ProviderEvent | WatcherEvent)[] = [];
  beforeEach(async () => {
    chain = await createTestChain({ config: { challengeWindowBlocks: 100 } });
    stop = new AbortController();
    ended = [];
    reports.length = 0;
  });
  afterEach(async () => {
    stop.abort();
    await chain.close();
  });

  const provide = (id: string, account: number, backend: ComputeBackend) => {
    const sender = chain.senderOf(account);
    const options = { id, wallet: sender.address, endpoint: '', gpus: [], models: [], pollMs: 20 };
    const report = (event: ProviderEvent) => reports.push(event);
    runProvider(options, { node: chain.workerNode, sender, backend, report }, stop.signal).catch((error) =>
      ended.push(`${id}: ${error}`),
    );
    return until(async () => (await chain.workerNode.getProvider(id)) !== undefined);
  };
  const watch = () =>
    runWatcher(
      { pollMs: 20 },
      {
        node: chain.workerNode,
        sender: chain.senderOf(5),
        backend: int8,
        report: (event) => reports.push(event),
      },
      stop.signal,
    ).catch((error) => ended.push(`watcher: ${error}`));
  const task = (id: string) => readTask(chain.node.api.state(), id);

  it('come back as the bytes that they are, end no worker, and hide no lie', async () => {
    watch();
    await provide('echo', 1, echo);
    const ids = ODD.map((_, i) => `odd-${i}`);
    for (const [i, id] of ids.entries())
      await chain.submit([id], { model: OPAQUE, input: utf8ToBytes(ODD[i] as string) });
    await until(() => ids.every((id) => task(id)?.settlement === Settlement.posted));
    for (const id of ids) {
      const facts = await chain.workerNode.getTask(id);
      expect(facts?.input).toEqual(readTaskInput(chain.node.api.state(), id));
      expect(facts?.output).toEqual(readTaskOutput(chain.node.api.state(), id));
    }
    // The watcher has read all of them; a lie that is posted now does not become final. Echo answers int8 tasks with 32 bytes.
    await provide('liar', 2, { ...int8, run: async () => ({ output: Uint8Array.of(77), computeTimeMs: 0 }) });
    stop.signal.throwIfAborted();
    await chain.submit(['lie-1', 'lie-2', 'lie-3']);
    await until(() => reports.some(({ kind }) => kind === 'challenged'));
    expect(ended).toEqual([]);
  });

  it('end no default provider that is drawn for one', async () => {
    await provide('default', 1, int8);
    await chain.submit(['odd'], { model: OPAQUE, input: utf8ToBytes('9007199254740993') });
    await until(() => reports.some(({ kind }) => kind === 'failed'));
    await chain.submit(['int8']);
    await until(() => task('int8')?.settlement === Settlement.posted);
    expect(ended).toEqual([]);
  });
});
