import type { Attestor } from '../attestation/attestor.ts';
import type { ComputeBackend } from '../backend/compute-backend.ts';
import type { ModelSource } from '../backend/model-source.ts';
import type { StreamHub } from '../stream/stream-hub.ts';
import type { Retry } from '../transient.ts';
import type { ChainFacts, OperationSender, ProviderIdentity, WorkerNode } from '../worker-node.ts';
import type { ProviderEvent } from './provider-event.ts';
import type { SeatAnswer } from './seat-answer.ts';

/** One run of a provider, as its parts see it. */
export interface ProviderRun {
  readonly identity: ProviderIdentity;
  readonly bond: bigint | undefined;
  readonly concurrency: number;
  readonly pollMs: number;
  readonly gamePollMs: number;
  /** Whether a stop finishes all that is assigned by then, not only what is in hand. */
  readonly drains: boolean;
  readonly node: WorkerNode;
  readonly sender: OperationSender;
  readonly backend: ComputeBackend;
  readonly models: ModelSource;
  readonly attestor: Attestor | undefined;
  /** Where parts of answers go while they are made. */
  readonly streams: StreamHub | undefined;
  readonly chain: ChainFacts;
  /** Votes of open seats by task and what it bound: spares computing them again, and may be lost at any time. */
  readonly remembered: Map<string, SeatAnswer>;
  readonly report: (event: ProviderEvent) => void;
  readonly retry: Retry;
}
