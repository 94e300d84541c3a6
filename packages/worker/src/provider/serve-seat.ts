import { AivmError, equalBytes, hashCommitment, ZERO_32 } from '@aivm/core';
import type { JobResult } from '../backend/compute-backend.ts';
import type { SeatFacts, TaskFacts } from '../worker-node.ts';
import { computeTask } from './compute-task.ts';
import { postOperation } from './post-operation.ts';
import type { ProviderRun } from './provider-run.ts';

/** Results of open seats that are kept between commitment and reveal, so that they need not be computed again. */
const REMEMBERED_MAX = 256;

/** The provider's seat on the panel of a task. */
export const ownSeat = (task: TaskFacts, provider: string): SeatFacts | undefined =>
  task.panel?.seats.find((seat) => seat.provider === provider);

/**
 * What hides an output until it is revealed. It follows from the operator's key and the task alone, so a provider that
 * lost everything but its key reveals what it committed to, and a commitment that crosses the redrawing of a panel
 * still holds. A provider reveals at most once for a task: the salt hides one output.
 */
function saltOf(task: TaskFacts, seat: SeatFacts, run: ProviderRun): Uint8Array {
  const { deriveSecret } = run.sender;
  if (deriveSecret === undefined) {
    throw new AivmError('not_supported', 'seats of panels need a signer that derives secrets from its key');
  }
  return deriveSecret(`seat|${run.chain.chainId}|${task.id}|${seat.provider}`);
}

/** The output for a seat: the remembered one, or computed again. Reports why there is none. */
async function resultFor(
  task: TaskFacts,
  run: ProviderRun,
  signal: AbortSignal,
): Promise<JobResult | undefined> {
  const remembered = run.remembered.get(task.id);
  if (remembered !== undefined) return remembered;
  const computed = await computeTask(task, run, signal);
  if (computed === undefined) return undefined;
  if ('error' in computed) {
    run.report({ kind: 'failed', provider: run.identity.id, taskId: task.id, error: computed.error });
    return undefined;
  }
  if (run.remembered.size >= REMEMBERED_MAX) run.remembered.clear();
  run.remembered.set(task.id, computed.result);
  return computed.result;
}

function commitmentOf(
  task: TaskFacts,
  seat: SeatFacts,
  output: Uint8Array,
  run: ProviderRun,
): { readonly salt: Uint8Array; readonly commitment: Uint8Array } {
  const salt = saltOf(task, seat, run);
  const commitment = hashCommitment({
    chainId: run.chain.chainId,
    taskId: task.id,
    output,
    traceRoot: ZERO_32,
    provider: seat.provider,
    salt,
  });
  return { salt, commitment };
}

/** Runs the task of a seat and commits to what came out. A backend that fails leaves the seat as it is. */
export async function commitSeat(
  task: TaskFacts,
  seat: SeatFacts,
  run: ProviderRun,
  signal: AbortSignal,
): Promise<void> {
  const { provider } = seat;
  const result = await resultFor(task, run, signal);
  if (result === undefined) return;
  const { commitment } = commitmentOf(task, seat, result.output, run);
  const posting = {
    taskId: task.id,
    operation: { kind: 'commitResult', taskId: task.id, provider, commitment },
    isWanted: (now: TaskFacts) => ownSeat(now, provider)?.status === 'drawn',
  } as const;
  const height = await postOperation(posting, run, signal);
  if (height !== undefined) run.report({ kind: 'committed', provider, taskId: task.id, height });
}

/** Shows what the seat committed to. What cannot be the committed output is never shown: it would be refused. */
export async function revealSeat(
  task: TaskFacts,
  seat: SeatFacts,
  run: ProviderRun,
  signal: AbortSignal,
): Promise<void> {
  const { provider } = seat;
  const result = await resultFor(task, run, signal);
  if (result === undefined) return;
  const { output, computeTimeMs } = result;
  const { salt, commitment } = commitmentOf(task, seat, output, run);
  if (seat.commitment === undefined || !equalBytes(commitment, seat.commitment)) {
    return run.report({ kind: 'unrevealable', provider, taskId: task.id });
  }
  const posting = {
    taskId: task.id,
    operation: {
      kind: 'revealResult',
      taskId: task.id,
      provider,
      output,
      computeTimeMs: BigInt(computeTimeMs),
      traceRoot: ZERO_32,
      salt,
    },
    isWanted: (now: TaskFacts) =>
      now.panel?.phase === 'revealing' && ownSeat(now, provider)?.status === 'committed',
  } as const;
  const height = await postOperation(posting, run, signal);
  if (height === undefined) return;
  run.remembered.delete(task.id);
  run.report({ kind: 'revealed', provider, taskId: task.id, output, height });
}
