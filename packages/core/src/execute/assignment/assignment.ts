import { equalBytes } from '../../bytes/bytes.ts';
import type { Params } from '../../state/params.ts';
import { requireTask } from '../../state/read.ts';
import { readDispute, readPanel } from '../../state/read-panel.ts';
import { type Panel, PanelKind } from '../../state/records/panel.ts';
import type { ProviderRecord } from '../../state/records/provider.ts';
import {
  type Draw,
  NO_DRAW,
  type TaskRecord,
  TaskStatus,
  type TimerSlot,
  WaitReason,
} from '../../state/records/task.ts';
import { TimerKind } from '../../state/records/timer.ts';
import { type BlockContext, emitTask, writeTask } from '../context/block-context.ts';
import { challengeWindowBlocks, taskTimeoutBlocks, workBlocks } from '../context/durations.ts';
import { seatProvider } from '../panels/open-panel.ts';
import { mayBeginPanel } from '../panels/pace.ts';
import { firstVacancy, readSeats, requirePanel, writePanel } from '../panels/panel-store.ts';
import { beginObligation, liabilityOf } from '../tasks/obligations.ts';
import {
  backOff,
  dequeueTask,
  isBackedOff,
  type LineName,
  NO_TASK,
  readLine,
  readQueueNode,
  updateLine,
} from '../tasks/queue.ts';
import { cancelTimer, scheduleTimer } from '../tasks/timers.ts';
import { type Budget, createBudget, drawProviders, type Vacancy } from './candidates.ts';

function vacancyOf(context: BlockContext, task: TaskRecord, panel: Panel | undefined): Vacancy {
  if (panel === undefined)
    return { task, kind: 'assignment', panel: 0, round: 0, seat: 0, excluded: [], draw: task.draw };
  const challenger = readDispute(context.state, task.id)?.challenger;
  const seated = readSeats(context, panel).map(({ seat }) => seat.operator);
  return {
    task,
    kind: panel.kind === PanelKind.committee ? 'committee' : 'seat',
    panel: panel.number,
    round: panel.round,
    seat: panel.drawn === panel.n ? 0 : firstVacancy(context, panel),
    excluded: challenger === undefined ? seated : [...seated, challenger],
    draw: panel.draw,
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

/** Notes why a task still waits, and where its draw goes on. */
function noteWaiting(context: BlockContext, task: TaskRecord, waitReason: WaitReason, draw: Draw): void {
  const isSame = task.draw.draws === draw.draws && equalBytes(task.draw.seed, draw.seed);
  if (task.waitReason === waitReason && isSame) return;
  writeTask(context, { ...task, waitReason, draw });
}

/**
 * Tries to give a waiting task to a provider, or its first seat. A panel begins only where as many could be drawn as it
 * has seats, unless the block's draws do not reach to see that: otherwise members would work for a panel that can have no
 * majority.
 * @returns whether somebody was drawn
 */
function tryAssign(context: BlockContext, task: TaskRecord, budget: Budget): boolean {
  const panel = readPanel(context.state, task.id);
  const wanted = panel === undefined ? 1 : panel.n;
  const drawn = drawProviders(context, vacancyOf(context, task, panel), budget, wanted);
  const { found, isCut, draw, fruitless } = drawn;
  const [provider] = found;
  if (provider === undefined || (found.length < wanted && !isCut)) {
    noteWaiting(context, task, isCut ? WaitReason.drawsSpent : WaitReason.noProvider, draw);
    if (fruitless !== undefined) backOff(context, task.id, fruitless);
    return false;
  }
  const begun = { ...task, draw: NO_DRAW };
  const isFilled =
    panel === undefined ? assign(context, begun, provider) : seatProvider(context, begun, panel, provider);
  if (!isFilled) noteWaiting(context, task, WaitReason.timersFull, NO_DRAW);
  return isFilled;
}

/** Tries to fill the next seat of a panel. @returns whether somebody was drawn */
function tryFill(context: BlockContext, taskId: string, budget: Budget): boolean {
  const task = requireTask(context.state, taskId);
  const panel = requirePanel(context, taskId);
  const { found, draw } = drawProviders(context, vacancyOf(context, task, panel), budget, 1);
  const [provider] = found;
  if (provider === undefined) {
    if (draw.draws > 0 || panel.draw.draws > 0) writePanel(context, { ...panel, draw });
    return false;
  }
  return seatProvider(context, task, panel, provider);
}

/**
 * Visits the tasks of a list, each at most once, from where the last block stopped, so that every one has its turn.
 * Bounded by maxAssignmentsPerBlock, and by assignmentTriesPerBlock draws and visits together: however many wait, a
 * block's work does not grow with them. One that backs off costs no try, and a visit of a provider, which reads as much.
 * @param visit whether it drew somebody
 */
function visitLine(
  context: BlockContext,
  name: LineName,
  visit: (taskId: string, budget: Budget) => boolean,
): void {
  const { count, cursor: start, head } = readLine(context, name);
  if (count === 0) return;
  const budget = createBudget(context.params.assignmentTriesPerBlock);
  let cursor = start === NO_TASK ? head : start;
  let assignments = 0;
  for (let visited = 0; visited < count && cursor !== NO_TASK; visited++) {
    if (budget.tries <= 0 || budget.visits <= 0 || assignments >= context.params.maxAssignmentsPerBlock)
      break;
    const taskId = cursor;
    const node = readQueueNode(context, taskId);
    const { next } = node;
    if (isBackedOff(context, node)) budget.visits -= 1;
    else {
      budget.tries -= 1;
      if (visit(taskId, budget)) assignments += 1;
    }
    cursor = next === NO_TASK ? readLine(context, name).head : next;
  }
  updateLine(context, name, () => ({ cursor }));
}

/** Panels that are drawn at once: as many as a block can give a seat each, half of them left to disputes. */
const panelsMax = ({ maxAssignmentsPerBlock }: Params): number => Math.ceil(maxAssignmentsPerBlock / 2);

/**
 * Draws seats of panels, one a block for each, then gives queued tasks to providers. Panels have draws of their own: no
 * queue of tasks that nobody can take keeps a dispute or a begun panel from its members. Once a block has seen all
 * candidates of a model busy, further tasks of that model cost a visit and no draws.
 */
export function assignPendingTasks(context: BlockContext): void {
  visitLine(context, 'panels', (taskId, budget) => tryFill(context, taskId, budget));
  visitLine(context, 'tasks', (taskId, budget) => {
    const task = requireTask(context.state, taskId);
    if (context.height >= task.deadlineHeight) return false;
    if (task.n > 0 && readLine(context, 'panels').count >= panelsMax(context.params)) return false;
    if (task.n > 0 && !mayBeginPanel(context, task)) {
      noteWaiting(context, task, WaitReason.seatsTaken, task.draw);
      return false;
    }
    return tryAssign(context, task, budget);
  });
}
