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

/** The neighbours of a task in the list that it stands in. */
export function readQueueNode(context: BlockContext, taskId: string): QueueNode {
  const node = readRecord(context.state, stateKeys.queueNode(taskId), queueNodeCodec);
  assert(node !== undefined, `task ${taskId} is in no queue`);
  return node;
}

const writeNode = (context: BlockContext, taskId: string, node: QueueNode): void =>
  context.state.setRecord(stateKeys.queueNode(taskId), queueNodeCodec, node);

/** One of the lists: its ends, where the next block goes on, and how many stand in it. */
interface Line {
  readonly head: string;
  readonly tail: string;
  readonly cursor: string;
  readonly count: number;
}

/**
 * The tasks that wait for a provider or for their first seat, or the panels whose seats are being drawn. A task stands in
 * one list at a time. Panels have one of their own, so that no queue of tasks keeps a dispute or a begun panel waiting.
 */
export type LineName = 'tasks' | 'panels';

export function readLine(context: BlockContext, name: LineName): Line {
  const chain = readChain(context.state);
  return name === 'tasks'
    ? { head: chain.queueHead, tail: chain.queueTail, cursor: chain.queueCursor, count: chain.queueCount }
    : { head: chain.drawHead, tail: chain.drawTail, cursor: chain.drawCursor, count: chain.drawCount };
}

export const updateLine = (
  context: BlockContext,
  name: LineName,
  change: (line: Line) => Partial<Line>,
): void => {
  const before = readLine(context, name);
  const { head, tail, cursor, count } = { ...before, ...change(before) };
  updateChain(context, () =>
    name === 'tasks'
      ? { queueHead: head, queueTail: tail, queueCursor: cursor, queueCount: count }
      : { drawHead: head, drawTail: tail, drawCursor: cursor, drawCount: count },
  );
};

function join(context: BlockContext, name: LineName, taskId: string): void {
  const { tail } = readLine(context, name);
  writeNode(context, taskId, { previous: tail, next: NO_TASK });
  if (tail !== NO_TASK) writeNode(context, tail, { ...readQueueNode(context, tail), next: taskId });
  updateLine(context, name, ({ head, count }) => ({
    tail: taskId,
    head: head === NO_TASK ? taskId : head,
    count: count + 1,
  }));
}

function leave(context: BlockContext, name: LineName, taskId: string): void {
  const { previous, next } = readQueueNode(context, taskId);
  context.state.delete(stateKeys.queueNode(taskId));
  if (previous !== NO_TASK) writeNode(context, previous, { ...readQueueNode(context, previous), next });
  if (next !== NO_TASK) writeNode(context, next, { ...readQueueNode(context, next), previous });
  updateLine(context, name, ({ head, tail, cursor, count }) => ({
    head: head === taskId ? next : head,
    tail: tail === taskId ? previous : tail,
    cursor: cursor === taskId ? next : cursor,
    count: count - 1,
  }));
}

/** Pending tasks of a model in the queue. */
export const readModelQueue = (state: StateReader, model: string): number =>
  readRecord(state, stateKeys.modelQueue(model), u32) ?? 0;

function countPending(context: BlockContext, task: TaskRecord, step: 1 | -1): void {
  assert(task.status === TaskStatus.pending, 'a task in the queue that is not pending');
  const account = readAccount(context.state, task.requester);
  writeAccount(context, task.requester, { ...account, pendingTasks: account.pendingTasks + step });
  const key = stateKeys.modelQueue(task.model);
  const count = readModelQueue(context.state, task.model) + step;
  if (count === 0) context.state.delete(key);
  else context.state.setRecord(key, u32, count);
}

/** Puts a pending task at the end of the queue. The caller has checked that the queue has room. */
export function enqueueTask(context: BlockContext, task: TaskRecord): void {
  join(context, 'tasks', task.id);
  countPending(context, task, 1);
}

/** Takes a pending task out of the queue, wherever it stands. */
export function dequeueTask(context: BlockContext, task: TaskRecord): void {
  leave(context, 'tasks', task.id);
  countPending(context, task, -1);
}

/** The seats of a task's panel are to be drawn from now on. */
export const beginDraws = (context: BlockContext, taskId: string): void => join(context, 'panels', taskId);

/** No seat of the panel is drawn any more. */
export const endDraws = (context: BlockContext, taskId: string): void => leave(context, 'panels', taskId);
