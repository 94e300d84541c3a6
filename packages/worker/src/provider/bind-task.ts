import { ALWAYS, retryTransient } from '../transient.ts';
import type { ProvenSeat, ProvenTask, SeatFacts, TaskFacts } from '../worker-node.ts';
import type { ProviderRun } from './provider-run.ts';

/** A listed task whose facts are those that the state proves. Its input is the node's word until it is hashed. */
export type BoundTask = TaskFacts & ProvenTask;

/** Reads a proof until one holds; undefined when `signal` was aborted first, null where the state has no such thing. */
async function prove<T>(
  read: () => Promise<T | undefined>,
  run: ProviderRun,
  signal: AbortSignal,
): Promise<T | null | undefined> {
  return retryTransient(async () => (await read()) ?? null, { ...run.retry, ...ALWAYS, signal });
}

/**
 * The task as the state has it, if the chain waits for what `isWanted` looks for; undefined, and a report, where it does
 * not, or when `signal` was aborted.
 */
export async function bindTask(
  listed: TaskFacts,
  isWanted: (proven: ProvenTask) => boolean,
  run: ProviderRun,
  signal: AbortSignal,
): Promise<BoundTask | undefined> {
  const proven = await prove(() => run.node.proveTask(listed.id), run, signal);
  if (proven === undefined) return undefined;
  if (proven !== null && isWanted(proven)) return { ...listed, ...proven };
  run.report({ kind: 'skipped', provider: run.identity.id, taskId: listed.id, code: 'wrong_state' });
  return undefined;
}

/** As {@link bindTask}, for a seat of this provider. */
export async function bindSeat(
  { taskId, seat: { position } }: { readonly taskId: string; readonly seat: SeatFacts },
  isWanted: (proven: ProvenSeat) => boolean,
  run: ProviderRun,
  signal: AbortSignal,
): Promise<ProvenSeat | undefined> {
  const { id } = run.identity;
  const proven = await prove(() => run.node.proveSeat({ taskId, position }), run, signal);
  if (proven === undefined) return undefined;
  if (proven !== null && proven.provider === id && isWanted(proven)) return proven;
  run.report({ kind: 'skipped', provider: id, taskId, code: 'wrong_state' });
  return undefined;
}
