import { setMaxListeners } from 'node:events';
import { type Clock, platformClock } from '@aivm/sdk';
import type { AttestationNode } from '../attestation/attestation-node.ts';
import { createAttestor } from '../attestation/attestor.ts';
import type { EvidenceSource } from '../attestation/evidence-source.ts';
import type { ComputeBackend } from '../backend/compute-backend.ts';
import { createModelSource } from '../backend/model-source.ts';
import { sleep } from '../backoff.ts';
import type { NetworkSource } from '../network/network-source.ts';
import { OwnTraces } from '../network/own-traces.ts';
import type { StreamHub } from '../stream/stream-hub.ts';
import { ALWAYS, retryTransient } from '../transient.ts';
import type { OperationSender, ProviderIdentity, WorkerNode } from '../worker-node.ts';
import { defendResults } from './defend-results.ts';
import { ensureRegistered } from './ensure-registered.ts';
import { sendHeartbeats } from './heartbeat.ts';
import { holdModels } from './hold-models.ts';
import type { ProviderEvent } from './provider-event.ts';
import type { ProviderRun } from './provider-run.ts';
import { workLoop } from './work-loop.ts';

/** How a provider runs. */
export interface ProviderOptions extends ProviderIdentity {
  /** Bond to reach, in the smallest unit; the chain's minimum when left out. */
  readonly bond?: bigint;
  /** Tasks in hand at once [16]. */
  readonly concurrency?: number;
  /** Pace of asking where nothing can be waited for, milliseconds [250]. */
  readonly pollMs?: number;
  /** Pace of looking whether a move of a game is due, milliseconds [250]. */
  readonly gamePollMs?: number;
  /** How long a stop waits for tasks in hand, milliseconds [5,000]. */
  readonly stopTimeoutMs?: number;
  /** A stop first finishes all that is assigned by then, within `stopTimeoutMs`, not only what is in hand. Default false. */
  readonly drains?: boolean;
  /** Networks whose weights it fetches and says to hold: it is drawn for their tasks. */
  readonly holds?: readonly string[] | undefined;
  /** Bytes of traces in memory, while results are disputed [1 GiB]. */
  readonly traceBytesMax?: number | undefined;
}

/** What a provider needs around it. */
export interface ProviderDependencies {
  readonly node: WorkerNode;
  /** Signs as the operator. */
  readonly sender: OperationSender;
  readonly backend: ComputeBackend;
  /** Loads the networks that it holds, and their traces where results are disputed. */
  readonly networks?: NetworkSource | undefined;
  /** Told the parts of answers while they are made; a stream server gives them to requesters. */
  readonly streams?: StreamHub | undefined;
  readonly report?: (event: ProviderEvent) => void;
  /** What it reads the time from, and every pause is measured by [the platform's]. */
  readonly clock?: Clock;
  /** For a provider in an attested environment: where its evidence comes from, and whom to ask for the chain's head. */
  readonly attestation?: { readonly source: EvidenceSource; readonly node: AttestationNode };
}

const PENDING_POLLS_MAX = 240;

/**
 * Waits until transactions that an earlier run of this operator sent are in a block or gone, so that what they did is
 * on the chain before this run looks. Bounded: a pool that keeps a transaction for longer refuses a second answer.
 */
async function settlePending(run: ProviderRun): Promise<void> {
  const { signal } = run.retry;
  for (let poll = 0; poll < PENDING_POLLS_MAX && !signal.aborted; poll++) {
    const nonces = await retryTransient(() => run.node.getNonces(run.sender.address), {
      ...run.retry,
      ...ALWAYS,
    });
    if (nonces === undefined || nonces.next <= nonces.accepted) return;
    await sleep(run.pollMs, signal, run.retry.clock);
  }
}

async function createRun(
  options: ProviderOptions,
  dependencies: ProviderDependencies,
  signal: AbortSignal,
): Promise<ProviderRun | undefined> {
  const report = dependencies.report ?? (() => {});
  const { sender, attestation, clock = platformClock } = dependencies;
  const now = (): number => Math.floor(clock.now() / 1_000);
  const attested = { provider: options.id, sender, report, now };
  const retry: ProviderRun['retry'] = {
    signal,
    clock,
    onRetry: ({ code, detail }) => report({ kind: 'retrying', provider: options.id, code, detail }),
  };
  const chain = await retryTransient(() => dependencies.node.proveChain(), { ...retry, ...ALWAYS });
  if (chain === undefined) return undefined;
  return {
    identity: options,
    bond: options.bond,
    concurrency: options.concurrency ?? 16,
    pollMs: options.pollMs ?? 250,
    gamePollMs: options.gamePollMs ?? 250,
    drains: options.drains ?? false,
    node: dependencies.node,
    sender: dependencies.sender,
    backend: dependencies.backend,
    models: createModelSource(dependencies.node),
    attestor: attestation === undefined ? undefined : createAttestor({ ...attested, ...attestation }),
    streams: dependencies.streams,
    chain,
    remembered: new Map(),
    report,
    retry,
  };
}

/**
 * Registers (or resumes) a provider and works until `signal` is aborted. A node that goes away is waited for; nothing
 * is kept outside the chain, so a restart at any point goes on where the chain stands.
 * @throws AivmError when the provider may not work: `forbidden`, `provider_slashed`, `insufficient_balance`, …
 */
export async function runProvider(
  options: ProviderOptions,
  dependencies: ProviderDependencies,
  signal: AbortSignal,
): Promise<void> {
  // Before anything is locked or spent.
  await dependencies.backend.check?.();
  const run = await createRun(options, dependencies, signal);
  if (run === undefined) return;
  await settlePending(run);
  // Before the registration: a chain may demand an attestation for it.
  await run.attestor?.attest(signal);
  if (!(await ensureRegistered(run))) return;
  const { networks } = dependencies;
  const { holds = [], traceBytesMax: bytesMax } = options;
  if (networks !== undefined) await holdModels(holds, run, networks);
  const traces = networks && new OwnTraces({ networks, ...(bytesMax === undefined ? {} : { bytesMax }) });

  const stop = new AbortController();
  const abandon = new AbortController();
  // Every request in hand listens to them.
  setMaxListeners(0, stop.signal, abandon.signal);
  const stopTimeoutMs = options.stopTimeoutMs ?? 5_000;
  const { clock = platformClock } = dependencies;
  let cancel = (): void => {};
  const onStop = () => {
    stop.abort();
    cancel();
    cancel = clock.after(stopTimeoutMs, () => abandon.abort());
  };
  if (signal.aborted) onStop();
  else signal.addEventListener('abort', onStop, { once: true });
  const parts = [
    workLoop(run, { stop: stop.signal, abandon: abandon.signal }),
    sendHeartbeats(run, stop.signal),
    traces === undefined ? Promise.resolve() : defendResults(run, traces, stop.signal),
    run.attestor?.keep(stop.signal) ?? Promise.resolve(),
  ].map((part) =>
    part.catch((error: unknown) => {
      onStop();
      throw error;
    }),
  );
  const outcomes = await Promise.allSettled(parts);
  cancel();
  signal.removeEventListener('abort', onStop);
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}
