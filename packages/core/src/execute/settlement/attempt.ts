import { stateKeys } from '../../state/keys.ts';
import { NO_TIMER, Settlement, type Task, TaskStatus } from '../../state/records/task.ts';
import { type BlockContext, emitTask, updateChain, writeTask } from '../context/block-context.ts';
import { credit } from '../economy/money.ts';
import { releaseWeights } from '../models/weights.ts';
import { enqueueTask } from '../tasks/queue.ts';
import { cancelTimer } from '../tasks/timers.ts';

const ZERO_HASH = new Uint8Array(32);

/** What a task carries of an attempt, taken away. Past operators stay excluded. */
const withoutAttempt = (task: Task): Task => ({
  ...task,
  assignedTo: '',
  reservation: 0n,
  assignedAtHeight: 0,
  assignedAt: 0,
  timeoutHeight: 0,
  finalAtHeight: 0,
  postedAtHeight: 0,
  postedAt: 0,
  stepTimer: NO_TIMER,
  windowTimer: NO_TIMER,
  outputHash: ZERO_HASH,
  traceRoot: ZERO_HASH,
  computeTimeMs: 0n,
  usable: false,
});

/** Tells whoever relied on an answer before it was final that it fell. */
function retractAnswer(context: BlockContext, task: Task, reason: string): void {
  if (!task.usable) return;
  const { id: taskId, assignedTo: provider, outputHash } = task;
  context.events.push({ kind: 'retraction', taskId, provider, outputHash, reason });
}

/**
 * The task ends without a result: what is left of its fee goes back to the requester.
 * @param error what the task's record says; a provider's own words, or the reason
 */
export function refundTask(context: BlockContext, task: Task, reason: string, error: string = reason): void {
  retractAnswer(context, task, reason);
  credit(context, task.requester, task.escrow);
  cancelTimer(context, task.deadlineTimer);
  releaseWeights(context, task);
  context.state.delete(stateKeys.taskOutput(task.id));
  const failed: Task = {
    ...withoutAttempt(task),
    escrow: 0n,
    status: TaskStatus.failed,
    settlement: Settlement.void,
    deadlineTimer: NO_TIMER,
    endedAtHeight: context.height,
    endedAt: context.timestamp,
    error,
  };
  writeTask(context, failed);
  updateChain(context, (chain) => ({
    tasksOpen: chain.tasksOpen - 1n,
    tasksFailed: chain.tasksFailed + 1n,
  }));
  emitTask(context, failed, reason);
}

/**
 * An attempt came to nothing and its obligation is settled already: the task goes back to the queue, or is refunded
 * where its attempts or its time are used up.
 * @param error as for {@link refundTask}
 */
export function abandonAttempt(
  context: BlockContext,
  task: Task,
  reason: string,
  error: string = reason,
): void {
  retractAnswer(context, task, reason);
  cancelTimer(context, task.stepTimer);
  cancelTimer(context, task.windowTimer);
  context.state.delete(stateKeys.taskOutput(task.id));
  const cleared = withoutAttempt(task);
  if (task.attempt >= context.params.maxAttempts || context.height >= task.deadlineHeight) {
    refundTask(context, cleared, reason, error);
    return;
  }
  const pending: Task = { ...cleared, status: TaskStatus.pending, settlement: Settlement.open, error };
  writeTask(context, pending);
  enqueueTask(context, pending);
  emitTask(context, pending, reason);
}
