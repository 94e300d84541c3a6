import { ZERO_32 } from '../../bytes/bytes.ts';
import { assert } from '../../errors/aivm-error.ts';
import { stateKeys } from '../../state/keys.ts';
import { readModel } from '../../state/read.ts';
import { NO_TIMER, Settlement, type TaskRecord, TaskStatus } from '../../state/records/task.ts';
import { type BlockContext, emitTask, updateChain, writeTask } from '../context/block-context.ts';
import { credit } from '../economy/money.ts';
import { releaseWeights } from '../models/weights.ts';
import { listsServing } from '../providers/provider-lists.ts';
import { countServingOperators } from '../providers/served-lists.ts';
import { enqueueTask } from '../tasks/queue.ts';
import { cancelTimer } from '../tasks/timers.ts';

/** What a task carries of an attempt, taken away. Past operators stay excluded. */
const withoutAttempt = (task: TaskRecord): TaskRecord => ({
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
  outputHash: ZERO_32,
  computeTimeMs: 0n,
  work: 0n,
  usable: false,
});

/** Emits the event for users that relied on an answer before it was final: the answer is void. */
function retractAnswer(context: BlockContext, task: TaskRecord, reason: string): void {
  if (!task.usable) return;
  const { id: taskId, assignedTo: provider, outputHash } = task;
  context.events.push({ kind: 'retraction', taskId, provider, outputHash, reason });
}

/**
 * The task ends without a result: what is left of its fee goes back to the requester. A result that loses before a
 * committee ends here at once, and does not return to the queue: a majority is no proof, so the next answer could be
 * disputed as well, at the price of another committee, and n providers have already spent the task's time.
 * @param error what the task's record says; a provider's own words, or the reason
 */
export function refundTask(
  context: BlockContext,
  task: TaskRecord,
  reason: string,
  error: string = reason,
): void {
  retractAnswer(context, task, reason);
  credit(context, task.requester, task.escrow);
  cancelTimer(context, task.deadlineTimer);
  releaseWeights(context, task);
  context.state.delete(stateKeys.taskOutput(task.id));
  const failed: TaskRecord = {
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

/** Ends what belongs to an attempt: its answer, its output and its timers. @returns the task without it. */
function clearAttempt(context: BlockContext, task: TaskRecord, reason: string): TaskRecord {
  retractAnswer(context, task, reason);
  cancelTimer(context, task.stepTimer);
  cancelTimer(context, task.windowTimer);
  context.state.delete(stateKeys.taskOutput(task.id));
  return withoutAttempt(task);
}

/** As {@link refundTask}, for a task whose attempt goes on: its obligation is settled already. */
export function refundAttempt(context: BlockContext, task: TaskRecord, reason: string, error: string): void {
  refundTask(context, clearAttempt(context, task, reason), reason, error);
}

/** Whether an operator serves the task's model that was not drawn for it before and is not the requester. */
function hasOtherProvider({ state }: BlockContext, task: TaskRecord): boolean {
  const model = readModel(state, task.model);
  assert(model !== undefined, 'a task of a model that is gone');
  const past = [task.requester, ...task.pastOperators];
  return countServingOperators(state, listsServing(model, task), past) > 0;
}

/**
 * An attempt ends without a result and its obligation is settled already: the task returns to the queue, or is refunded
 * if it has no attempts, no time or no other operator left. Timeouts, errors and convictions end here: each says something about one
 * provider, which is excluded from then on, and nothing about the task.
 * @param error as for {@link refundTask}
 */
export function abandonAttempt(
  context: BlockContext,
  task: TaskRecord,
  reason: string,
  error: string = reason,
): void {
  const cleared = clearAttempt(context, task, reason);
  if (task.attempt >= context.params.maxAttempts || context.height >= task.deadlineHeight) {
    refundTask(context, cleared, reason, error);
    return;
  }
  if (!hasOtherProvider(context, cleared)) {
    refundTask(context, cleared, 'no_other_provider');
    return;
  }
  const pending: TaskRecord = { ...cleared, status: TaskStatus.pending, settlement: Settlement.open, error };
  writeTask(context, pending);
  enqueueTask(context, pending);
  emitTask(context, pending, reason);
}
