import { readChain, requireTask } from '../state/read.ts';
import { readDispute, readPanel } from '../state/read-panel.ts';
import { type Panel, PanelKind } from '../state/records/panel.ts';
import type { Provider } from '../state/records/provider.ts';
import { Settlement, type Task, TaskStatus, WaitReason } from '../state/records/task.ts';
import { TimerKind } from '../state/records/timer.ts';
import { type BlockContext, emitTask, updateChain, writeTask } from './block-context.ts';
import { type Budget, drawProviders, type Vacancy } from './candidates.ts';
import { taskTimeoutBlocks } from './durations.ts';
import { beginObligation, liabilityOf } from './obligations.ts';
import { dissolvePanel } from './panels/dissolve-panel.ts';
import { openPanel, seatProvider } from './panels/open-panel.ts';
import { readSeats } from './panels/panel-store.ts';
import { dequeueTask, NOBODY, readQueueNode } from './queue.ts';
import { scheduleTimer } from './timers.ts';

function vacancyOf(context: BlockContext, task: Task, panel: Panel | undefined): Vacancy {
  if (panel === undefined) return { task, seat: 0, excluded: [] };
  const challenger = readDispute(context.state, task.id)?.challenger;
  const seated = readSeats(context, panel).map(({ seat }) => seat.operator);
  return {
    task,
    seat: panel.drawn,
    excluded: challenger === undefined ? seated : [...seated, challenger],
  };
}

function assign(context: BlockContext, task: Task, provider: Provider): boolean {
  const timeoutTimer = scheduleTimer(
    context,
    context.height + taskTimeoutBlocks(context.config, context.params),
    {
      kind: TimerKind.taskTimeout,
      taskId: task.id,
    },
  );
  if (timeoutTimer === undefined) return false;
  dequeueTask(context, task);
  const assigned: Task = {
    ...task,
    status: TaskStatus.assigned,
    waitReason: WaitReason.none,
    attempt: task.attempt + 1,
    pastOperators: [...task.pastOperators, provider.operator],
    assignedTo: provider.id,
    reservation: liabilityOf(context, task.fee),
    assignedAtHeight: context.height,
    assignedAt: context.timestamp,
    timeoutHeight: timeoutTimer.height,
    stepTimer: timeoutTimer,
  };
  writeTask(context, assigned);
  beginObligation(context, provider, assigned);
  emitTask(context, assigned, 'assigned');
  return true;
}

function noteWaiting(context: BlockContext, task: Task, waitReason: WaitReason): void {
  if (task.waitReason === waitReason) return;
  writeTask(context, { ...task, waitReason });
}

/**
 * Tries to fill one vacancy. The first seat of a redundant task is given only where all of them could be; one that cannot
 * go on gives its seats back. Otherwise tasks that ask for more providers than there are would hold everybody until
 * their deadlines, and several half-filled panels each other.
 * @returns whether somebody was drawn
 */
function tryAssign(context: BlockContext, task: Task, budget: Budget): boolean {
  const panel = readPanel(context.state, task.id);
  const isRedundant = panel?.kind === PanelKind.redundant;
  const wanted = isRedundant && panel.drawn === 0 ? panel.n : 1;
  const found = drawProviders(context, vacancyOf(context, task, panel), budget, wanted);
  const [provider] = found;
  if (provider === undefined || found.length < wanted) {
    if (isRedundant && panel.drawn > 0 && budget.tries > 0) {
      dissolvePanel(context, task);
      openPanel(context, task, { kind: panel.kind, m: panel.m, n: panel.n });
    }
    noteWaiting(context, task, WaitReason.noProvider);
    return false;
  }
  const isFilled =
    panel === undefined ? assign(context, task, provider) : seatProvider(context, task, panel, provider);
  if (!isFilled) noteWaiting(context, task, WaitReason.timersFull);
  return isFilled;
}

/**
 * Gives queued tasks to providers, one seat of a panel a block, from where the last block stopped. Bounded by
 * maxAssignmentsPerBlock, by assignmentTriesPerBlock draws and visits together, and by one visit to each task.
 */
export function assignPendingTasks(context: BlockContext): void {
  const { queueCount, queueCursor, queueHead } = readChain(context.state);
  if (queueCount === 0) return;
  const budget: Budget = { tries: context.params.assignmentTriesPerBlock };
  let cursor = queueCursor === NOBODY ? queueHead : queueCursor;
  let assignments = 0;
  for (let visited = 0; visited < queueCount && cursor !== NOBODY; visited++) {
    if (budget.tries <= 0 || assignments >= context.params.maxAssignmentsPerBlock) break;
    budget.tries -= 1;
    const task = requireTask(context.state, cursor);
    const { next } = readQueueNode(context, cursor);
    if (context.height < task.deadlineHeight || task.settlement === Settlement.disputed) {
      if (tryAssign(context, task, budget)) assignments += 1;
    }
    cursor = next === NOBODY ? readChain(context.state).queueHead : next;
  }
  updateChain(context, () => ({ queueCursor: cursor }));
}
