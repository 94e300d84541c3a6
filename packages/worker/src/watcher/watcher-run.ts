import type { ComputeBackend } from '../backend/compute-backend.ts';
import type { ModelSource } from '../backend/model-source.ts';
import type { OwnTraces } from '../network/own-traces.ts';
import type { Retry } from '../transient.ts';
import type { OperationSender, TaskFacts, WorkerNode } from '../worker-node.ts';
import type { BoundedQueue } from './bounded-queue.ts';
import type { WatcherEvent } from './watcher-event.ts';

/** One run of a watcher, as its parts see it. */
export interface WatcherRun {
  readonly node: WorkerNode;
  readonly sender: OperationSender;
  readonly backend: ComputeBackend;
  readonly models: ModelSource;
  /** Undefined where this watcher does not judge networks. */
  readonly traces: OwnTraces | undefined;
  readonly report: (event: WatcherEvent) => void;
  readonly retry: Retry;
  /** Providers that were convicted: nothing of theirs can become final. */
  readonly convicted: Set<string>;
  /**
   * Provider whose result is queued, judged now, or was found right, by open task, so that no result is judged twice.
   * One that was found wrong leaves it: the chain's list decides whether something is left to do.
   */
  readonly seen: Map<string, string>;
  readonly queue: BoundedQueue<TaskFacts | string>;
  /** Nonces of the challenges that were sent, by task and attempt. */
  readonly claims: Map<string, bigint>;
}
