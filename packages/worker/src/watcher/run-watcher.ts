import { setMaxListeners } from 'node:events';
import { type Clock, platformClock } from '@aivm/sdk';
import type { ComputeBackend } from '../backend/compute-backend.ts';
import { createModelSource } from '../backend/model-source.ts';
import { createBackoff, DEFAULT_BACKOFF, sleep } from '../backoff.ts';
import type { NetworkSource } from '../network/network-source.ts';
import { OwnTraces } from '../network/own-traces.ts';
import { ALWAYS, rejectionOf, retryTransient } from '../transient.ts';
import type { EventPlace, OperationSender, TaskFacts, WorkerEvent, WorkerNode } from '../worker-node.ts';
import { createBoundedQueue } from './bounded-queue.ts';
import { judgeResult } from './judge-result.ts';
import { playGames } from './play-games.ts';
import type { WatcherEvent } from './watcher-event.ts';
import type { WatcherRun } from './watcher-run.ts';

/** How a watcher runs. */
export interface WatcherOptions {
  /** Results judged at once [4]. */
  readonly concurrency?: number;
  /** Pace of asking for the chain's height, milliseconds [1,000]. */
  readonly pollMs?: number;
  /** Pace of looking whether a move of a game is due, milliseconds [250]. */
  readonly gamePollMs?: number;
  /** Bytes of traces in memory [1 GiB]. */
  readonly traceBytesMax?: number | undefined;
}

/** What a watcher needs around it. */
export interface WatcherDependencies {
  readonly node: WorkerNode;
  /** Signs challenges and pays their bonds. */
  readonly sender: OperationSender;
  /** Computes the truth; must give the exact bytes. */
  readonly backend: ComputeBackend;
  /** Loads networks, whose results are judged by games; left out: they are not judged. */
  readonly networks?: NetworkSource | undefined;
  readonly report?: (event: WatcherEvent) => void;
  /** What every pause is measured by [the platform's]. */
  readonly clock?: Clock;
}

/**
 * So often the chain's list of posted results is read in full: a result that was found wrong and is still listed was not
 * challenged, whatever a node said that was killed since.
 */
const RELIST_BLOCKS = 10;
const POLL_MS = 1_000;
const GAME_POLL_MS = 250;

/** Posted results that wait to be judged; readers of the event stream wait beyond it. */
const QUEUE_CAPACITY = 1_000;

/** Whether this result is new here. A provider is never drawn twice for a task, so its id tells attempts apart. */
function see(run: WatcherRun, taskId: string, provider: string): boolean {
  if (run.seen.get(taskId) === provider) return false;
  run.seen.set(taskId, provider);
  return true;
}

async function follow(event: WorkerEvent, run: WatcherRun): Promise<void> {
  if (event.kind === 'conviction') run.convicted.add(event.provider);
  if (event.kind !== 'task') return;
  if (event.settlement === 'posted') {
    if (see(run, event.taskId, event.provider)) await run.queue.push(event.taskId);
  } else if (event.settlement !== 'open' && event.settlement !== 'disputed') {
    run.seen.delete(event.taskId);
    run.traces?.forget(event.taskId);
    for (const key of run.claims.keys()) if (key.startsWith(`${event.taskId}|`)) run.claims.delete(key);
  }
}

/**
 * Reads what is posted already, then everything new. `place` is taken before the listing, so nothing falls between
 * the two; after a lost connection the stream goes on behind the last event that was read.
 */
async function readResults(run: WatcherRun): Promise<void> {
  const { node, report } = run;
  const { signal } = run.retry;
  const backoff = createBackoff(DEFAULT_BACKOFF, run.retry.clock);
  let place: EventPlace | undefined;
  while (!signal.aborted) {
    try {
      place ??= { height: await node.getHeight(), index: 0 };
      let posted = 0;
      for await (const task of node.listPostedTasks(signal)) {
        if (see(run, task.id, task.provider)) {
          await run.queue.push(task);
          posted++;
        }
      }
      report({ kind: 'watching', posted, after: place.height });
      for await (const event of node.events({ after: place, signal })) {
        await follow(event, run);
        place = event.place;
        backoff.reset();
      }
    } catch (error) {
      if (signal.aborted) return;
      run.retry.onRetry(rejectionOf(error));
    }
    await backoff.wait(signal);
  }
}

/** Reads the whole list again and again, at the chain's pace. */
async function relistResults(run: WatcherRun, pollMs: number): Promise<void> {
  const { signal } = run.retry;
  let listedAtHeight: number | undefined;
  while (!signal.aborted) {
    await sleep(pollMs, signal, run.retry.clock);
    const height = await retryTransient(() => run.node.getHeight(), { ...run.retry, ...ALWAYS });
    if (height === undefined) return;
    listedAtHeight ??= height;
    if (height < listedAtHeight + RELIST_BLOCKS) continue;
    listedAtHeight = height;
    await retryTransient(
      async () => {
        for await (const task of run.node.listPostedTasks(signal)) {
          if (see(run, task.id, task.provider)) await run.queue.push(task);
        }
      },
      { ...run.retry, ...ALWAYS },
    );
  }
}

/** Judges one result; one that was not settled, for whatever reason, is looked at again while the chain lists it. */
async function judgeNext(next: TaskFacts | string, run: WatcherRun): Promise<void> {
  const taskId = typeof next === 'string' ? next : next.id;
  const seen = run.seen.get(taskId);
  const forget = (): void => {
    if (run.seen.get(taskId) === seen) run.seen.delete(taskId);
  };
  try {
    const task =
      typeof next === 'string' ? await retryTransient(() => run.node.getTask(next), run.retry) : next;
    if (task === undefined || !(await judgeResult(task, run))) forget();
  } catch (error) {
    forget();
    const { code, detail } = rejectionOf(error);
    if (!run.retry.signal.aborted) run.report({ kind: 'stumbled', taskId, code, detail });
  }
}

async function judgeResults(run: WatcherRun): Promise<void> {
  for (;;) {
    const next = await run.queue.take();
    if (next === undefined || run.retry.signal.aborted) return;
    await judgeNext(next, run);
  }
}

const tracesOf = (
  { traceBytesMax }: WatcherOptions,
  { networks }: WatcherDependencies,
): OwnTraces | undefined =>
  networks === undefined
    ? undefined
    : new OwnTraces({ networks, ...(traceBytesMax === undefined ? {} : { bytesMax: traceBytesMax }) });

/**
 * Re-runs every posted result that it can compute and challenges what is wrong, until `signal` is aborted. Nothing is
 * kept outside the chain: after a restart it judges whatever is still open.
 */
export async function runWatcher(
  options: WatcherOptions,
  dependencies: WatcherDependencies,
  signal: AbortSignal,
): Promise<void> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  setMaxListeners(0, either);
  const report = dependencies.report ?? (() => {});
  const run: WatcherRun = {
    node: dependencies.node,
    sender: dependencies.sender,
    backend: dependencies.backend,
    models: createModelSource(dependencies.node),
    traces: tracesOf(options, dependencies),
    report,
    retry: {
      signal: either,
      clock: dependencies.clock ?? platformClock,
      onRetry: ({ code, detail }) => report({ kind: 'retrying', code, detail }),
    },
    convicted: new Set(),
    seen: new Map(),
    claims: new Map(),
    queue: createBoundedQueue(QUEUE_CAPACITY),
  };
  either.addEventListener('abort', () => run.queue.close(), { once: true });
  if (either.aborted) return;
  const judges = Array.from({ length: options.concurrency ?? 4 }, () => judgeResults(run));
  const { pollMs = POLL_MS, gamePollMs = GAME_POLL_MS } = options;
  const games = run.traces === undefined ? [] : [playGames(run, run.traces, Math.min(pollMs, gamePollMs))];
  const outcomes = await Promise.allSettled(
    [readResults(run), relistResults(run, pollMs), ...games, ...judges].map((part) =>
      part.catch((error: unknown) => {
        failed.abort();
        throw error;
      }),
    ),
  );
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}
