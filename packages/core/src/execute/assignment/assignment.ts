import { readChain, requireTask } from '../../state/read.ts';
import { readDispute, readPanel } from '../../state/read-panel.ts';
import { type Panel, PanelKind } from '../../state/records/panel.ts';
import type { ProviderRecord } from '../../state/records/provider.ts';
import {
  Settlement,
  type TaskRecord,
  TaskStatus,
  type TimerSlot,
  WaitReason,
} from '../../state/records/task.ts';
import { TimerKind } from '../../state/records/timer.ts';
import { type BlockContext, emitTask, updateChain, writeTask } from '../context/block-context.ts';
import { challengeWindowBlocks, taskTimeoutBlocks, workBlocks } from '../context/durations.ts';
import { dissolvePanel } from '../panels/dissolve-panel.ts';
import { openPanel, seatProvider } from '../panels/open-panel.ts';
import { readSeats } from '../panels/panel-store.ts';
import { beginObligation, liabilityOf } from '../tasks/obligations.ts';
import { dequeueTask, NO_TASK, readQueueNode } from '../tasks/queue.ts';
import { cancelTimer, scheduleTimer } from '../tasks/timers.ts';
import { type Budget, createBudget, drawProviders, type Vacancy } from './candidates.ts';

function vacancyOf(context: BlockContext, task: TaskRecord, panel: Panel | undefined): Vacancy {
  if (panel === undefined) return { task, kind: 'assignment', seat: 0, excluded: [] };
  const challenger = readDispute(context.state, task.id)?.challenger;
  const seated = readSeats(context, panel).map(({ seat }) => seat.operator);
  return {
    task,
    kind: 'seat',
    seat: panel.drawn,
    excluded: challenger === undefined ? seated : [...seated, challenger],
  };
}

interface AttemptTimers {
  readonly stepTimer: TimerSlot;
  readonly windowTimer: TimerSlot;
}

/** Both at once, so that an honest answer never finds the heights of its window full. */
function scheduleAttempt(
  context: BlockContext,
  { id: taskId, maxWork }: TaskRecord,
): AttemptTimers | undefined {
  const { config, params } = context;
  const more = workBlocks(params, maxWork);
  const timeoutAt = context.height + taskTimeoutBlocks(config, params) + more;
  const stepTimer = scheduleTimer(context, timeoutAt, { kind: TimerKind.taskTimeout, taskId });
  if (stepTimer === undefined) return undefined;
  const windowAt = stepTimer.height + challengeWindowBlocks(config) + more;
  const windowTimer = scheduleTimer(context, windowAt, { kind: TimerKind.windowEnd, taskId });
  if (windowTimer !== undefined) return { stepTimer, windowTimer };
  cancelTimer(context, stepTimer);
  return undefined;
}

function assign(context: BlockContext, task: TaskRecord, provider: ProviderRecord): boolean {
  const timers = scheduleAttempt(context, task);
  if (timers === undefined) return false;
  dequeueTask(context, task);
  const assigned: TaskRecord = {
    ...task,
    status: TaskStatus.assigned,
    waitReason: WaitReason.none,
    attempt: task.attempt + 1,
    pastOperators: [...task.pastOperators, provider.operator],
    assignedTo: provider.id,
    reservation: liabilityOf(context, task),
    assignedAtHeight: context.height,
    assignedAt: context.timestamp,
    timeoutHeight: timers.stepTimer.height,
    ...timers,
  };
  writeTask(context, assigned);
  beginObligation(context, provider, assigned);
  emitTask(context, assigned, 'assigned');
  return true;
}

function noteWaiting(context: BlockContext, task: TaskRecord, waitReason: WaitReason): void {
  if (task.waitReason === waitReason) return;
  writeTask(context, { ...task, waitReason });
}

/**
 * Tries to fill one vacancy. The first seat of a redundant task is given only where all of them could be; one that cannot
 * go on gives its seats back. Otherwise tasks that ask for more providers than there are would hold everybody until
 * their deadlines, and several half-filled panels each other.
 * @returns whether somebody was drawn
 */
function tryAssign(context: BlockContext, task: TaskRecord, budget: Budget): boolean {
  const panel = readPanel(context.state, task.id);
  const isRedundant = panel?.kind === PanelKind.redundant;
  const wanted = isRedundant && panel.drawn === 0 ? panel.n : 1;
  const found = drawProviders(context, vacancyOf(context, task, panel), budget, wanted);
  const [provider] = found;
  if (provider === undefined || found.length < wanted) {
    if (isRedundant && panel.drawn > 0 && budget.tries > 0) {
      dissolvePanel(context, task);
      openPanel(context, task, { kind: panel.kind, m: panel.m, n: panel.n });
      // A provider that was seated may be drawn again.
      budget.seen.clear();
    }
    noteWaiting(
      context,
      requireTask(context.state, task.id),
      budget.tries > 0 ? WaitReason.noProvider : WaitReason.drawsSpent,
    );
    return false;
  }
  const isFilled =
    panel === undefined ? assign(context, task, provider) : seatProvider(context, task, panel, provider);
  if (!isFilled) noteWaiting(context, task, WaitReason.timersFull);
  return isFilled;
}

/**
 * Gives queued tasks to providers, one seat of a panel a block, from where the last block stopped, so that every task
 * has its turn. Bounded by maxAssignmentsPerBlock, by assignmentTriesPerBlock draws and visits together, and by one visit
 * to each task: however many wait, a block's work does not grow with them. Once a block has seen all candidates of a model
 * busy, further tasks of that model cost a visit and no draws.
 */
export function assignPendingTasks(context: BlockContext): void {
  const { queueCount, queueCursor, queueHead } = readChain(context.state);
  if (queueCount === 0) return;
  const budget = createBudget(context.params.assignmentTriesPerBlock);
  let cursor = queueCursor === NO_TASK ? queueHead : queueCursor;
  let assignments = 0;
  for (let visited = 0; visited < queueCount && cursor !== NO_TASK; visited++) {
    if (budget.tries <= 0 || assignments >= context.params.maxAssignmentsPerBlock) break;
    budget.tries -= 1;
    const task = requireTask(context.state, cursor);
    const { next } = readQueueNode(context, cursor);
    if (context.height < task.deadlineHeight || task.settlement === Settlement.disputed) {
      if (tryAssign(context, task, budget)) assignments += 1;
    }
    cursor = next === NO_TASK ? readChain(context.state).queueHead : next;
  }
  updateChain(context, () => ({ queueCursor: cursor }));
}
