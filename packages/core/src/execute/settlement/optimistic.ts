import { namedHash } from '../../crypto/named-hash.ts';
import { assert } from '../../errors/aivm-error.ts';
import { stateKeys } from '../../state/keys.ts';
import { requireProvider } from '../../state/read.ts';
import { ProviderStatus } from '../../state/records/provider.ts';
import {
  NO_TIMER,
  Settlement,
  type TaskRecord,
  TaskStatus,
  type TimerSlot,
} from '../../state/records/task.ts';
import { TimerKind } from '../../state/records/timer.ts';
import { type BlockContext, emitTask, writeTask } from '../context/block-context.ts';
import { modelClassOf } from '../models/model-classes.ts';
import { endObligation, openResult } from '../tasks/obligations.ts';
import { cancelTimer, scheduleTimer } from '../tasks/timers.ts';
import { abandonAttempt } from './attempt.ts';
import { completeTask } from './complete.ts';
import { resultTerms } from './result-terms.ts';

/** The answer of a drawn provider. */
export interface PostedResult {
  readonly output: Uint8Array;
  readonly computeTimeMs: bigint;
  /** Empty, or 65 bytes by the key in the provider's attestation. */
  readonly sessionSignature: Uint8Array;
}

/** Where the window of a result that is posted now ends: as soon as may be, at the reserved slot where no other is free. */
function openWindow(
  context: BlockContext,
  { id: taskId, windowTimer: reserved }: TaskRecord,
  windowBlocks: number,
): TimerSlot {
  const endsAt = context.height + windowBlocks;
  assert(reserved.height >= endsAt, 'a window that was reserved too short');
  const sooner = scheduleTimer(context, endsAt, { kind: TimerKind.windowEnd, taskId });
  const isSooner = sooner !== undefined && sooner.height < reserved.height;
  if (sooner !== undefined) cancelTimer(context, isSooner ? reserved : sooner);
  return isSooner ? sooner : reserved;
}

/** A result is posted and its challenge window opens. Its timer was reserved at the assignment. @throws AivmError `bad_signature`. */
export function postResult(context: BlockContext, task: TaskRecord, result: PostedResult): void {
  const outputHash = namedHash('Output', result.output);
  const { sessionSignature } = result;
  const work = modelClassOf(task).workOf(context, task, result.output);
  const { windowBlocks, usable } = resultTerms(context, task, { outputHash, sessionSignature, work });
  const windowTimer = openWindow(context, task, windowBlocks);
  cancelTimer(context, task.stepTimer);
  context.state.set(stateKeys.taskOutput(task.id), result.output);
  const posted: TaskRecord = {
    ...task,
    status: TaskStatus.processing,
    settlement: Settlement.posted,
    postedAtHeight: context.height,
    postedAt: context.timestamp,
    finalAtHeight: windowTimer.height,
    stepTimer: windowTimer,
    windowTimer: NO_TIMER,
    outputHash,
    computeTimeMs: result.computeTimeMs,
    work,
    usable,
  };
  writeTask(context, posted);
  openResult(context, posted);
  emitTask(context, posted, 'posted');
}

/** The posted result stands for good: its provider is paid. */
export function finalizeTask(context: BlockContext, task: TaskRecord): void {
  endObligation(context, task, { completed: true, latencySeconds: task.postedAt - task.assignedAt });
  completeTask(context, task, [
    {
      provider: task.assignedTo,
      answeredWithinOneBlock: task.postedAtHeight <= task.assignedAtHeight + 1,
    },
  ]);
}

/** The window's end: final, or void where the provider was convicted meanwhile. */
export function endWindow(context: BlockContext, task: TaskRecord): void {
  const provider = requireProvider(context.state, task.assignedTo);
  if (provider.status === ProviderStatus.slashed) voidResult(context, task, 'provider_slashed');
  else finalizeTask(context, task);
}

/**
 * The posted result of a convicted provider is void; its obligation ends, and the task is tried again or refunded. A
 * conviction returns the task to the queue because the chain has proved that this answer is false, and says nothing
 * against the task: the escrow is whole, the convicted operator is excluded, and another provider can still answer in
 * time. A dispute that a committee decides refunds the task instead, see `refundTask`.
 */
export function voidResult(context: BlockContext, task: TaskRecord, reason: string): void {
  endObligation(context, task, { failed: true });
  abandonAttempt(context, task, reason);
}
