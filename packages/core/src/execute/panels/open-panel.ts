import { ZERO_32 } from '../../bytes/bytes.ts';
import { assert } from '../../errors/aivm-error.ts';
import { requireTask } from '../../state/read.ts';
import {
  type Panel,
  PanelKind,
  PanelPhase,
  SEATS_MAX,
  type Seat,
  SeatStatus,
} from '../../state/records/panel.ts';
import type { ProviderRecord } from '../../state/records/provider.ts';
import {
  NO_TIMER,
  Settlement,
  type TaskRecord,
  TaskStatus,
  type TimerSlot,
  WaitReason,
} from '../../state/records/task.ts';
import { TimerKind } from '../../state/records/timer.ts';
import { type BlockContext, emitTask, writeTask } from '../context/block-context.ts';
import { taskTimeoutBlocks } from '../context/durations.ts';
import { dequeueTask } from '../tasks/queue.ts';
import { cancelTimer, scheduleTimer } from '../tasks/timers.ts';
import { type PlacedSeat, writePanel, writeSeat } from './panel-store.ts';
import { isOverloaded, takeSeat } from './seat-obligation.ts';

/** A task has one panel after the other; past this many their numbers begin again. */
const PANEL_NUMBER_MAX = 65_535;

/** What a panel begins with. */
export interface PanelTerms {
  readonly kind: PanelKind;
  readonly m: number;
  readonly n: number;
}

/** Begins to draw a panel for a queued task, and counts it in the task's record. */
export function openPanel(context: BlockContext, task: TaskRecord, terms: PanelTerms): Panel {
  assert(terms.n >= 1 && terms.n <= SEATS_MAX && terms.m <= terms.n, 'a panel of impossible size');
  const current = requireTask(context.state, task.id);
  const number = (current.panels % PANEL_NUMBER_MAX) + 1;
  writeTask(context, { ...current, panels: number });
  const panel: Panel = {
    ...terms,
    taskId: task.id,
    number,
    round: 0,
    phase: PanelPhase.drawing,
    drawn: 0,
    committed: 0,
    revealed: 0,
    commitDeadline: 0,
    revealDeadline: 0,
    commitTimer: NO_TIMER,
    revealTimer: NO_TIMER,
  };
  writePanel(context, panel);
  return panel;
}

interface PanelTimers {
  readonly commitTimer: TimerSlot;
  readonly revealTimer: TimerSlot;
}

/** Both timers at once, so that the first one can always start the second. */
function schedulePanelTimers(
  context: BlockContext,
  { taskId, n: weight }: Pick<Panel, 'taskId' | 'n'>,
): PanelTimers | undefined {
  const commitAt = context.height + taskTimeoutBlocks(context.config, context.params);
  const commitTimer = scheduleTimer(context, commitAt, { kind: TimerKind.commitEnd, taskId, weight });
  if (commitTimer === undefined) return undefined;
  const revealAt = commitTimer.height + context.params.revealBlocks;
  const revealTimer = scheduleTimer(context, revealAt, { kind: TimerKind.revealEnd, taskId, weight });
  if (revealTimer !== undefined) return { commitTimer, revealTimer };
  cancelTimer(context, commitTimer);
  return undefined;
}

/** The last seat is taken: the time to commit runs. */
function beginCommitting(context: BlockContext, task: TaskRecord, panel: Panel, timers: PanelTimers): void {
  dequeueTask(context, task);
  const isRedundant = panel.kind === PanelKind.redundant;
  // A committee had a timer for its drawing; a redundant task has its deadline for that.
  if (!isRedundant) cancelTimer(context, task.stepTimer);
  const drawn: TaskRecord = {
    ...task,
    status: isRedundant ? TaskStatus.assigned : task.status,
    settlement: isRedundant ? Settlement.committing : task.settlement,
    stepTimer: NO_TIMER,
    waitReason: WaitReason.none,
    assignedAtHeight: isRedundant ? context.height : task.assignedAtHeight,
    assignedAt: isRedundant ? context.timestamp : task.assignedAt,
    timeoutHeight: isRedundant ? timers.commitTimer.height : task.timeoutHeight,
  };
  writeTask(context, drawn);
  writePanel(context, {
    ...panel,
    ...timers,
    phase: PanelPhase.committing,
    commitDeadline: timers.commitTimer.height,
    revealDeadline: timers.revealTimer.height,
  });
  emitTask(context, drawn, 'panel_drawn');
  if (!isRedundant)
    context.events.push({ kind: 'dispute', taskId: task.id, change: 'moved', phase: 'committing' });
}

/**
 * Seats a provider. The last seat needs two timers.
 * @returns false, with nothing changed, where no timer slot is free.
 */
export function seatProvider(
  context: BlockContext,
  task: TaskRecord,
  panel: Panel,
  provider: ProviderRecord,
): boolean {
  const isLast = panel.drawn + 1 === panel.n;
  const timers = isLast ? schedulePanelTimers(context, panel) : undefined;
  if (isLast && timers === undefined) return false;
  const seat: Seat = {
    provider: provider.id,
    operator: provider.operator,
    excused: isOverloaded(context, provider),
    status: SeatStatus.drawn,
    drawnAtHeight: context.height,
    drawnAt: context.timestamp,
    commitment: ZERO_32,
    outputHash: ZERO_32,
    computeTimeMs: 0n,
    committedAtHeight: 0,
    committedAt: 0,
  };
  const placed: PlacedSeat = { position: panel.drawn, seat };
  writeSeat(context, panel, placed);
  if (!seat.excused) takeSeat(context, provider, task.id);
  const filled: Panel = { ...panel, drawn: panel.drawn + 1 };
  writePanel(context, filled);
  context.events.push({
    kind: 'seat',
    taskId: task.id,
    provider: provider.id,
    position: placed.position,
    change: 'drawn',
  });
  if (timers !== undefined) beginCommitting(context, task, filled, timers);
  return true;
}
