import { equalBytes, ZERO_32 } from '@aivm/core/bytes';
import { genesisModels, runInt8Kernel } from '@aivm/core/execute';
import {
  ProviderStatus,
  readProvider,
  readTask,
  readTaskOutput,
  requireTask,
  Settlement,
} from '@aivm/core/state';
import type { Sender } from '@aivm/sdk';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type ComputeBackend,
  createInt8Backend,
  runProvider,
  runWatcher,
  type WatcherEvent,
} from '../src/index.ts';
import { createTestChain, readTransactions, type TestChain, until } from './support/test-chain.ts';

const int8 = createInt8Backend({ nowMs: () => performance.now() });

function weightsOfGenesis(): Uint8Array {
  const model = genesisModels().find(({ id }) => id === 'wdbc-int8');
  if (model === undefined) throw new Error('no int8 model in the genesis');
  return model.weights;
}
const OLD = weightsOfGenesis();
const NEW = OLD.map((byte) => byte ^ 0x55);

/** An input on which the two versions differ. */
function telling(): Uint8Array {
  for (let seed = 0; seed < 500; seed++) {
    const input = new Uint8Array(32).map((_, i) => (seed * 31 + i * 7) & 255);
    if (!equalBytes(runInt8Kernel(OLD, input), runInt8Kernel(NEW, input))) return input;
  }
  throw new Error('the versions agree everywhere');
}

describe('an int8 model whose owner updates its weights', () => {
  let chain: TestChain;
  let stop: AbortController;
  let owner: Sender;
  let events: WatcherEvent[];
  const input = telling();
  const hold = { now: Promise.resolve() };
  const patient: ComputeBackend = {
    ...int8,
    run: async (job, options) => {
      await hold.now;
      return int8.run(job, options);
    },
  };
  beforeEach(async () => {
    chain = await createTestChain({ config: { challengeWindowBlocks: 100 } });
    stop = new AbortController();
    events = [];
    owner = chain.requester;
    hold.now = Promise.resolve();
    await owner.send({
      kind: 'registerModel',
      id: 'bait',
      name: 'bait',
      modelType: 'classifier',
      capabilities: [],
      contextSize: 0,
      parameters: '598',
      checkClass: 1,
      deterministic: true,
      header: new Uint8Array(0),
      weights: OLD,
      weightHash: ZERO_32,
      licenseRoot: ZERO_32,
    });
    const sender = chain.senderOf(1);
    runProvider(
      { id: 'honest', wallet: sender.address, endpoint: '', gpus: [], models: [], pollMs: 20 },
      { node: chain.workerNode, sender, backend: patient },
      stop.signal,
    ).catch(() => undefined);
    await until(async () => (await chain.workerNode.getProvider('honest')) !== undefined);
    runWatcher(
      { pollMs: 20 },
      {
        node: chain.workerNode,
        sender: chain.senderOf(5),
        backend: int8,
        report: (event) => events.push(event),
      },
      stop.signal,
    ).catch(() => undefined);
  });
  afterEach(async () => {
    stop.abort();
    await chain.close();
  });

  const posted = (id: string) => until(() => readTask(chain.node.api.state(), id)?.finalAtHeight !== 0);
  const update = (weights: Uint8Array) =>
    owner.send({ kind: 'updateModelWeights', id: 'bait', weights, weightHash: ZERO_32 });
  const outputOf = (id: string) => readTaskOutput(chain.node.api.state(), id);

  it('has honest providers answer each task with the weights that it bound, and nobody loses anything', async () => {
    await chain.submit(['warm'], { model: 'bait', input });
    await posted('warm');
    // The worker has computed with the old weights; the task after the update binds the new ones.
    await update(NEW);
    await chain.submit(['trap'], { model: 'bait', input });
    await posted('trap');
    expect(outputOf('warm')).toEqual(runInt8Kernel(OLD, input));
    expect(outputOf('trap')).toEqual(runInt8Kernel(NEW, input));
    // A task that was submitted before an update and computed after it keeps the weights of its submission.
    let release = () => {};
    hold.now = new Promise((resolve) => {
      release = resolve;
    });
    await chain.submit(['between'], { model: 'bait', input });
    await until(() => readTask(chain.node.api.state(), 'between')?.assignedTo === 'honest');
    await update(OLD);
    release();
    await posted('between');
    expect(outputOf('between')).toEqual(runInt8Kernel(NEW, input));

    const ids = ['warm', 'trap', 'between'];
    await until(() => ids.every((id) => events.some((e) => e.kind === 'confirmed' && e.taskId === id)));
    await until(() =>
      ids.every((id) => readTask(chain.node.api.state(), id)?.settlement === Settlement.final),
    );
    expect(events.filter(({ kind }) => kind === 'mismatch')).toEqual([]);
    expect(readTransactions(chain.node).filter(({ kind }) => kind === 'challenge')).toEqual([]);
    expect(readProvider(chain.node.api.state(), 'honest')?.status).toBe(ProviderStatus.active);
  });

  it('has the owner lose a challenge with the output of other weights', async () => {
    await chain.submit(['warm'], { model: 'bait', input });
    await posted('warm');
    await update(NEW);
    const task = requireTask(chain.node.api.state(), 'warm');
    const { attempt, panels: panel, inputHash, weightHash, outputHash: postedHash } = task;
    const claim = owner.send({
      kind: 'challenge',
      taskId: 'warm',
      attempt,
      panel,
      inputHash,
      weightHash,
      postedHash,
      output: runInt8Kernel(NEW, input),
      bond: 10n ** 16n,
      rootCommitment: ZERO_32,
    });
    await claim;
    expect(readProvider(chain.node.api.state(), 'honest')?.status).toBe(ProviderStatus.active);
    expect(readTask(chain.node.api.state(), 'warm')?.settlement).toBe(Settlement.posted);
  });
});
