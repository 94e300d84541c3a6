import { stateKeys } from '../../state/keys.ts';
import { NO_TIMER, Settlement, type Task, TaskStatus } from '../../state/records/task.ts';
import { type BlockContext, emitTask, updateChain, writeTask } from '../block-context.ts';
import { releaseWeights } from '../model-weights.ts';
import { credit } from '../money.ts';
import { enqueueTask } from '../queue.ts';
import { cancelTimer } from '../timers.ts';

const ZERO_HASH = new Uint8Array(32);

/** What a task carries of an attempt, taken away. Past operators stay excluded. */
const withoutAttempt = (task: Task): Task => ({
  ...task,
  assignedTo: '',
  reservation: 0n,
  timeoutHeight: 0,
  finalAtHeight: 0,
  postedAtHeight: 0,
  postedAt: 0,
  stepTimer: NO_TIMER,
  outputHash: ZERO_HASH,
  traceRoot: ZERO_HASH,
  computeTimeMs: 0n,
});

/** The task ends without a result: what is left of its fee goes back to the requester. */
export function refundTask(context: BlockContext, task: Task, reason: string): void {
  credit(context, task.requester, task.escrow);
  cancelTimer(context, task.deadlineTimer);
  releaseWeights(context, task.weightHash);
  const failed: Task = {
    ...withoutAttempt(task),
    escrow: 0n,
    status: TaskStatus.failed,
    settlement: Settlement.void,
    deadlineTimer: NO_TIMER,
    endedAtHeight: context.height,
    endedAt: context.timestamp,
    error: task.error === '' ? reason : task.error,
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
 */
export function abandonAttempt(context: BlockContext, task: Task, reason: string): void {
  cancelTimer(context, task.stepTimer);
  context.state.delete(stateKeys.taskOutput(task.id));
  const cleared = withoutAttempt(task);
  if (task.attempt >= context.params.maxAttempts || context.height >= task.deadlineHeight) {
    refundTask(context, cleared, reason);
    return;
  }
  const pending: Task = { ...cleared, status: TaskStatus.pending, settlement: Settlement.open };
  writeTask(context, pending);
  enqueueTask(context, pending);
  emitTask(context, pending, reason);
}
