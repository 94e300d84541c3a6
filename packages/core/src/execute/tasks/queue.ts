import { u32 } from '../../bytes/codec/primitives.ts';
import { assert } from '../../errors/aivm-error.ts';
import { stateKeys } from '../../state/keys.ts';
import { readAccount, readChain, readRecord } from '../../state/read.ts';
import { type TaskRecord, TaskStatus } from '../../state/records/task.ts';
import { type QueueNode, queueNodeCodec } from '../../state/records/timer.ts';
import type { StateReader } from '../../state/state-view.ts';
import { type BlockContext, updateChain, writeAccount } from '../context/block-context.ts';

/** No task. */
export const NO_TASK = '';

/** The neighbours of a queued task. */
export function readQueueNode(context: BlockContext, taskId: string): QueueNode {
  const node = readRecord(context.state, stateKeys.queueNode(taskId), queueNodeCodec);
  assert(node !== undefined, `task ${taskId} is not in the queue`);
  return node;
}

const writeNode = (context: BlockContext, taskId: string, node: QueueNode): void =>
  context.state.setRecord(stateKeys.queueNode(taskId), queueNodeCodec, node);

/** Pending tasks of a model in the queue. */
export const readModelQueue = (state: StateReader, model: string): number =>
  readRecord(state, stateKeys.modelQueue(model), u32) ?? 0;

/** A disputed task is queued for its committee but counts neither for its requester's limit nor for its model's. */
function countPending(context: BlockContext, task: TaskRecord, step: 1 | -1): void {
  if (task.status !== TaskStatus.pending) return;
  const account = readAccount(context.state, task.requester);
  writeAccount(context, task.requester, { ...account, pendingTasks: account.pendingTasks + step });
  const key = stateKeys.modelQueue(task.model);
  const count = readModelQueue(context.state, task.model) + step;
  if (count === 0) context.state.delete(key);
  else context.state.setRecord(key, u32, count);
}

/** Puts a task at the end of the queue. The caller has checked that the queue has room. */
export function enqueueTask(context: BlockContext, task: TaskRecord): void {
  const { queueTail } = readChain(context.state);
  writeNode(context, task.id, { previous: queueTail, next: NO_TASK });
  if (queueTail !== NO_TASK) {
    writeNode(context, queueTail, { ...readQueueNode(context, queueTail), next: task.id });
  }
  updateChain(context, (chain) => ({
    queueTail: task.id,
    queueHead: chain.queueHead === NO_TASK ? task.id : chain.queueHead,
    queueCount: chain.queueCount + 1,
  }));
  countPending(context, task, 1);
}

/** Takes a task out of the queue, wherever it stands. */
export function dequeueTask(context: BlockContext, task: TaskRecord): void {
  const { previous, next } = readQueueNode(context, task.id);
  context.state.delete(stateKeys.queueNode(task.id));
  if (previous !== NO_TASK) writeNode(context, previous, { ...readQueueNode(context, previous), next });
  if (next !== NO_TASK) writeNode(context, next, { ...readQueueNode(context, next), previous });
  updateChain(context, (chain) => ({
    queueHead: chain.queueHead === task.id ? next : chain.queueHead,
    queueTail: chain.queueTail === task.id ? previous : chain.queueTail,
    queueCursor: chain.queueCursor === task.id ? next : chain.queueCursor,
    queueCount: chain.queueCount - 1,
  }));
  countPending(context, task, -1);
}
