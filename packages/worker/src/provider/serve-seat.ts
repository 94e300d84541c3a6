import { bytesToHex, equalBytes, ZERO_32 } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import { hashCommitment } from '@aivm/core/execute';
import type { JobResult } from '../backend/compute-backend.ts';
import type { ProvenSeat, SeatFacts, TaskFacts } from '../worker-node.ts';
import { type BoundTask, bindSeat, bindTask } from './bind-task.ts';
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

/** What an output is remembered under: the task with what it bound. */
const keyOf = ({ id, inputHash, weightHash }: BoundTask): string =>
  `${bytesToHex(inputHash)}|${bytesToHex(weightHash)}|${id}`;

/** Whether the state still proves that the seat is as `isWanted` asks. */
async function isStill(
  { id: taskId }: BoundTask,
  { position, provider }: SeatFacts,
  isWanted: (seat: ProvenSeat) => boolean,
  run: ProviderRun,
): Promise<boolean> {
  const now = await run.node.proveSeat({ taskId, position });
  return now !== undefined && now.provider === provider && isWanted(now);
}

/** The output for a seat: the remembered one, or computed again. Reports why there is none. */
async function resultFor(
  task: BoundTask,
  run: ProviderRun,
  signal: AbortSignal,
): Promise<JobResult | undefined> {
  const remembered = run.remembered.get(keyOf(task));
  if (remembered !== undefined) return remembered;
  const computed = await computeTask(task, run, signal);
  if (computed === undefined) return undefined;
  if ('error' in computed) {
    const { error, detail } = computed;
    run.report({ kind: 'failed', provider: run.identity.id, taskId: task.id, error, detail });
    return undefined;
  }
  if (run.remembered.size >= REMEMBERED_MAX) run.remembered.clear();
  run.remembered.set(keyOf(task), computed.result);
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
  listed: TaskFacts,
  seat: SeatFacts,
  run: ProviderRun,
  signal: AbortSignal,
): Promise<void> {
  const { provider } = seat;
  const taskId = listed.id;
  const isDrawn = (now: ProvenSeat): boolean => now.status === 'drawn' && now.phase !== 'revealing';
  if ((await bindSeat({ taskId, seat }, isDrawn, run, signal)) === undefined) return;
  const task = await bindTask(listed, () => true, run, signal);
  if (task === undefined) return;
  const result = await resultFor(task, run, signal);
  if (result === undefined) return;
  const { commitment } = commitmentOf(task, seat, result.output, run);
  const posting = {
    taskId,
    operation: { kind: 'commitResult', taskId, provider, commitment },
    isWanted: () => isStill(task, seat, isDrawn, run),
  } as const;
  const height = await postOperation(posting, run, signal);
  if (height !== undefined) run.report({ kind: 'committed', provider, taskId, height });
}

/**
 * Shows what the seat committed to, once the state proves that the panel reveals. What cannot be the committed output is
 * never shown: it would be refused.
 */
export async function revealSeat(
  listed: TaskFacts,
  seat: SeatFacts,
  run: ProviderRun,
  signal: AbortSignal,
): Promise<void> {
  const { provider } = seat;
  const taskId = listed.id;
  const isRevealing = (now: ProvenSeat): boolean => now.status === 'committed' && now.phase === 'revealing';
  const task = await bindTask(listed, () => true, run, signal);
  if (task === undefined) return;
  const result = await resultFor(task, run, signal);
  if (result === undefined) return;
  const { output, computeTimeMs } = result;
  const { salt, commitment } = commitmentOf(task, seat, output, run);
  const proven = await bindSeat({ taskId, seat }, isRevealing, run, signal);
  if (proven === undefined) return;
  if (!equalBytes(commitment, proven.commitment)) {
    return run.report({ kind: 'unrevealable', provider, taskId });
  }
  const posting = {
    taskId,
    operation: {
      kind: 'revealResult',
      taskId,
      provider,
      output,
      computeTimeMs: BigInt(computeTimeMs),
      traceRoot: ZERO_32,
      salt,
    },
    isWanted: () => isStill(task, seat, isRevealing, run),
  } as const;
  const height = await postOperation(posting, run, signal);
  if (height === undefined) return;
  run.remembered.delete(keyOf(task));
  run.report({ kind: 'revealed', provider, taskId, output, height });
}
