import { u32 } from '../../bytes/codec/primitives.ts';
import { assert } from '../../errors/aivm-error.ts';
import { stateKeys } from '../../state/keys.ts';
import { readAccount, readChain, readRecord } from '../../state/read.ts';
import { type TaskRecord, TaskStatus } from '../../state/records/task.ts';
import { type QueueNode, queueNodeCodec } from '../../state/records/timer.ts';
import type { StateReader } from '../../state/state-view.ts';
import { type BlockContext, updateChain, writeAccount } from '../context/block-context.ts';
import { doesCall, noteCall } from '../providers/growth.ts';

/** No task. */
export const NO_TASK = '';

/** The neighbours of a task in the list that it stands in. */
export function readQueueNode(context: BlockContext, taskId: string): QueueNode {
  const node = readRecord(context.state, stateKeys.queueNode(taskId), queueNodeCodec);
  assert(node !== undefined, `task ${taskId} is in no queue`);
  return node;
}

const NEW_NODE: QueueNode = { previous: NO_TASK, next: NO_TASK, fruitless: 0, visitFrom: 0, lists: [] };

const writeNode = (context: BlockContext, taskId: string, node: QueueNode): void =>
  context.state.setRecord(stateKeys.queueNode(taskId), queueNodeCodec, node);

/** A task that nobody takes is visited after 1, 2, 4 … blocks, at most so many. */
const WAIT_BLOCKS_MAX = 32;
/** The same where everybody is merely busy: somebody may be free in any block. */
const BUSY_BLOCKS_MAX = 4;

const waitOf = (fruitless: number): number => Math.min(WAIT_BLOCKS_MAX, 2 ** Math.max(0, fruitless - 1));

/** What a visit found that looked at everybody and drew nobody. */
export interface Fruitless {
  /** The lists in which nobody was. */
  readonly lists: readonly string[];
  /** Whether somebody would do, and holds as much as it may. */
  readonly isBusy: boolean;
}

/** Has a task wait after a fruitless visit: otherwise it would cost each block the same again. */
export function backOff(context: BlockContext, taskId: string, { lists, isBusy }: Fruitless): void {
  const node = readQueueNode(context, taskId);
  const longest = isBusy ? Math.log2(BUSY_BLOCKS_MAX) + 1 : Math.log2(WAIT_BLOCKS_MAX) + 1;
  // A list grew if it comes before its time: the wait begins again.
  const before = context.height < node.visitFrom ? 0 : node.fruitless;
  const fruitless = Math.min(before + 1, longest);
  const visitFrom = context.height + waitOf(fruitless);
  writeNode(context, taskId, { ...node, fruitless, visitFrom, lists: [...lists] });
}

/** Whether a task is not to be visited yet, and none of the lists calls it in which it found nobody. */
export function isBackedOff(context: BlockContext, { fruitless, visitFrom, lists }: QueueNode): boolean {
  if (context.height >= visitFrom) return false;
  const calling = lists.filter((list) => doesCall(context, list, visitFrom - waitOf(fruitless)));
  for (const list of calling) noteCall(context, list);
  return calling.length === 0;
}

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
  writeNode(context, taskId, { ...NEW_NODE, previous: tail });
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
