import { AivmError } from '@aivm/core/errors';
import {
  DEFAULT_PARAMS,
  DefaultConfig,
  ProviderStatus,
  readOperator,
  readPanel,
  readProvider,
  readTask,
  readWholePanel,
  Settlement,
} from '@aivm/core/state';
import type { Operation } from '@aivm/core/tx';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BackendError } from '../src/backend/backend-error.ts';
import {
  type ComputeBackend,
  createInt8Backend,
  type OperationSender,
  type ProviderEvent,
  runProvider,
  runWatcher,
  type SentOperation,
} from '../src/index.ts';
import { createTestChain, readTransactions, type TestChain, until } from './support/test-chain.ts';

const honest = createInt8Backend({ nowMs: () => performance.now() });
/** Long phases, so that a test and not the clock ends them. */
const SLOW = {
  config: { taskTimeout: '20s', challengeWindowBlocks: 1_000 },
  params: { revealBlocks: 1_000, commitGraceBlocks: 1_000 },
};
const SEATS = { mode: 1, m: 3, n: 5 };

interface Life {
  readonly events: ProviderEvent[];
  kill(): Promise<void>;
}

/** An opaque model that its owner declares deterministic. */
const ECHO = {
  kind: 'registerModel',
  id: 'echo',
  name: 'echo',
  modelType: 'function',
  capabilities: [],
  contextSize: 0,
  parameters: '0',
  checkClass: 0,
  deterministic: true,
  header: new Uint8Array(),
  weights: new Uint8Array(),
  weightHash: new Uint8Array(32).fill(1),
  licenseRoot: new Uint8Array(32),
} as const;

describe('seats of panels on a real node', () => {
  let chain: TestChain;
  let lives: Life[];
  beforeEach(async () => {
    chain = await createTestChain(SLOW);
    lives = [];
  });
  afterEach(async () => {
    await Promise.all(lives.map((life) => life.kill()));
    await chain.close();
  });

  /** One life of provider p-`account`; killed without being told to finish anything. */
  function start(
    account: number,
    {
      backend = honest,
      sender = chain.senderOf(account),
      models = [],
    }: { backend?: ComputeBackend; sender?: OperationSender; models?: readonly string[] } = {},
  ): Life {
    const stop = new AbortController();
    const events: ProviderEvent[] = [];
    const run = runProvider(
      {
        id: `p-${account}`,
        wallet: sender.address,
        endpoint: '',
        gpus: [],
        models,
        pollMs: 20,
        stopTimeoutMs: 0,
      },
      { node: chain.workerNode, sender, backend, report: (event) => events.push(event) },
      stop.signal,
    );
    const ended = run.catch(() => undefined);
    const kill = () => {
      stop.abort();
      return ended;
    };
    const life = { events, kill };
    lives.push(life);
    return life;
  }

  const state = () => chain.node.api.state();
  const settlement = () => readTask(state(), 't')?.settlement;
  const registered = (count: number) => async () =>
    (
      await Promise.all(Array.from({ length: count }, (_, i) => chain.workerNode.getProvider(`p-${i + 1}`)))
    ).every((one) => one !== undefined);
  const did = (life: Life, kind: ProviderEvent['kind']) => () =>
    life.events.some((event) => event.kind === kind);
  /** A backend that waits until it is let go. */
  function gated(): { backend: ComputeBackend; open: () => void } {
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const run: ComputeBackend['run'] = (job, options) =>
      Promise.race([gate.then(() => honest.run(job, options)), untilAborted(options.signal)]);
    const backend = { ...honest, run };
    return { backend, open };
  }
  /** A sender whose operations of one kind go wrong. */
  const withFault = (
    account: number,
    kind: Operation['kind'],
    fault: (send: () => Promise<SentOperation>, signal: AbortSignal) => Promise<SentOperation>,
  ): OperationSender => {
    const sender = chain.senderOf(account);
    return {
      ...sender,
      send: (operation, options) => {
        const send = () => sender.send(operation, options);
        return operation.kind === kind ? fault(send, options.signal) : send();
      },
    };
  };
  const untilAborted = (signal: AbortSignal): Promise<never> =>
    new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(new AivmError('timeout', 'killed')), { once: true });
    });
  const never = (_: unknown, signal: AbortSignal) => untilAborted(signal);

  async function expectAllPaid(): Promise<void> {
    await until(() => settlement() === Settlement.final);
    const { providers } = chain.node.api.blocks.getReceipt(0) ?? {};
    expect([...(providers ?? [])].sort()).toEqual(['p-1', 'p-2', 'p-3', 'p-4', 'p-5']);
    for (let i = 1; i <= 5; i++) {
      expect(readProvider(state(), `p-${i}`)).toMatchObject({
        bond: DefaultConfig().minProviderBond,
        reserved: 0n,
      });
    }
  }

  it('commits, reveals and is paid', async () => {
    const started = [1, 2, 3, 4, 5].map((account) => start(account));
    await until(registered(5));
    await chain.submit(['t'], SEATS);
    await expectAllPaid();
    for (const { events } of started) {
      await until(() => events.some(({ kind }) => kind === 'revealed'));
      const kinds = events
        .map(({ kind }) => kind)
        .filter((kind) => kind === 'committed' || kind === 'revealed');
      expect(kinds).toEqual(['committed', 'revealed']);
    }
    const sent = readTransactions(chain.node).filter(({ taskId }) => taskId === 't');
    expect(sent).toHaveLength(10);
    expect(sent.every(({ code }) => code === '')).toBe(true);
  });

  it('reveals after a kill while others still commit, with nothing but its key', async () => {
    const first = start(1);
    for (const account of [2, 3, 4]) start(account);
    const slow = gated();
    start(5, { backend: slow.backend });
    await until(registered(5));
    await chain.submit(['t'], SEATS);
    await until(did(first, 'committed'));
    await first.kill();
    const second = start(1);
    await until(did(second, 'resumed'));
    slow.open();
    await expectAllPaid();
    expect(second.events.map(({ kind }) => kind)).not.toContain('committed');
    await until(did(second, 'revealed'));
  });

  it('reveals after a kill between the last commitment and its own reveal', async () => {
    const first = start(1, { sender: withFault(1, 'revealResult', never) });
    for (const account of [2, 3, 4, 5]) start(account);
    await until(registered(5));
    await chain.submit(['t'], SEATS);
    await until(() => readPanel(state(), 't')?.revealed === 4);
    await first.kill();
    start(1);
    await expectAllPaid();
  });

  it('commits after a kill while it computed', async () => {
    const stuck = gated();
    const first = start(1, { backend: stuck.backend });
    for (const account of [2, 3, 4, 5]) start(account);
    await until(registered(5));
    await chain.submit(['t'], SEATS);
    await until(() => readPanel(state(), 't')?.committed === 4);
    await first.kill();
    start(1);
    await expectAllPaid();
  });

  it.each(['commitResult', 'revealResult'] as const)(
    'sends a %s again that a killed node forgot',
    async (kind) => {
      let lost = 0;
      // The node said that it is in a block, and lost it: the worst that a node can do.
      const forgetful = (send: () => Promise<SentOperation>) =>
        lost++ === 0 ? Promise.resolve({ height: 1, nonce: 0n }) : send();
      start(1, { sender: withFault(1, kind, forgetful) });
      for (const account of [2, 3, 4, 5]) start(account);
      await until(registered(5));
      await chain.submit(['t'], SEATS);
      await expectAllPaid();
      expect(lost).toBe(2);
    },
  );

  it('says so where it cannot reveal what it committed to, and reveals nothing else', async () => {
    const first = start(1, { sender: withFault(1, 'revealResult', never) });
    for (const account of [2, 3, 4, 5]) start(account);
    await until(registered(5));
    await chain.submit(['t'], SEATS);
    await until(() => readPanel(state(), 't')?.revealed === 4);
    await first.kill();
    const other: ComputeBackend = {
      ...honest,
      run: async () => ({ output: Uint8Array.of(77), computeTimeMs: 0 }),
    };
    const second = start(1, { backend: other });
    await until(did(second, 'unrevealable'));
    const reveals = readTransactions(chain.node).filter((tx) => tx.kind === 'revealResult');
    expect(reveals).toHaveLength(4);
  });

  it('says so where its signer derives no secrets for a seat', async () => {
    const { deriveSecret: _, ...plain } = chain.senderOf(1);
    const life = start(1, { sender: { ...plain, deriveSecret: undefined } });
    for (const account of [2, 3, 4, 5]) start(account);
    await until(registered(5));
    await chain.submit(['t'], SEATS);
    await until(did(life, 'stumbled'));
    expect(life.events).toContainEqual(expect.objectContaining({ kind: 'stumbled', code: 'not_supported' }));
  });

  it('ends a task that nobody can run by a vote, and keeps its reputation', async () => {
    // Nine such tasks once put every operator below the least reputation, for the price of their admission.
    await chain.requester.send(ECHO);
    const broken: ComputeBackend = {
      name: 'broken',
      supports: ({ checkClass }) => checkClass === 'opaque',
      run: () => Promise.reject(new BackendError('failed', 'exit code 1')),
    };
    const started = [1, 2, 3, 4, 5].map((account) => start(account, { backend: broken, models: ['echo'] }));
    await until(registered(5));
    await chain.submit(['t'], { ...SEATS, model: 'echo' });
    await until(() => settlement() === Settlement.void);
    expect(readTask(state(), 't')?.error).toBe('cannot_run');
    const { minProviderBond: bond } = DefaultConfig();
    for (const i of [1, 2, 3, 4, 5]) {
      const provider = readProvider(state(), `p-${i}`);
      expect(provider).toMatchObject({ bond, tasksFailed: 0n });
      expect(provider?.feesEarned).toBeGreaterThan(0n);
      expect(readOperator(state(), provider?.operator ?? new Uint8Array(20)).reputation).toBeGreaterThan(
        5_000,
      );
    }
    expect(started.every(({ events }) => events.some(({ kind }) => kind === 'failed'))).toBe(true);
  });

  it('judges a stranger as a member of a committee', async () => {
    await chain.requester.send(ECHO);
    const echo: ComputeBackend = {
      name: 'echo',
      supports: ({ checkClass }) => checkClass === 'opaque',
      run: async ({ input }) => ({ output: input, computeTimeMs: 0 }),
    };
    // Whoever is drawn to answer lies, and everybody else is honest: seven serve the model, so that it can be judged.
    let liar = 0;
    const backendOf = (account: number): ComputeBackend => ({
      ...echo,
      run: async (job, options) => {
        liar ||= account;
        return account === liar ? { output: Uint8Array.of(49), computeTimeMs: 0 } : echo.run(job, options);
      },
    });
    for (const account of [1, 2, 3, 4, 5, 6, 7])
      start(account, { backend: backendOf(account), models: ['echo'] });
    await until(registered(7));
    await chain.submit(['t'], { model: 'echo' });
    await until(() => settlement() === Settlement.posted);
    const stop = new AbortController();
    const watching = runWatcher(
      {},
      { node: chain.workerNode, sender: chain.senderOf(8), backend: echo },
      stop.signal,
    );
    await until(() => settlement() === Settlement.void);
    stop.abort();
    await watching;
    expect(readWholePanel(state(), 't')).toBeUndefined();
    expect(readTask(state(), 't')?.error).toBe('challenge_upheld');
    const loser = readProvider(state(), `p-${liar}`);
    expect(loser?.status).toBe(ProviderStatus.active);
    // Ten fees of penalty, and the part of a seat for each of the five members.
    const lost = 10n * 5_000_000n + 5n * DEFAULT_PARAMS.seatFee;
    expect(loser?.bond).toBe(DefaultConfig().minProviderBond - lost);
    const done = [1, 2, 3, 4, 5, 6, 7].map((i) => readProvider(state(), `p-${i}`)?.tasksCompleted ?? 0n);
    expect(done.reduce((sum, count) => sum + count, 0n)).toBe(5n);
  });
});
