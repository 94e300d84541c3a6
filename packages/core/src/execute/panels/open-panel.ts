import { ZERO_32 } from '../../bytes/bytes.ts';
import { assert } from '../../errors/aivm-error.ts';
import { requireTask } from '../../state/read.ts';
import {
  type Panel,
  type PanelKind,
  PanelPhase,
  type PanelTimers,
  SEATS_MAX,
  type Seat,
  SeatStatus,
  Vote,
} from '../../state/records/panel.ts';
import type { ProviderRecord } from '../../state/records/provider.ts';
import { NO_DRAW, Settlement, type TaskRecord, TaskStatus, WaitReason } from '../../state/records/task.ts';
import { type BlockContext, emitTask, writeTask } from '../context/block-context.ts';
import { beginDraws, dequeueTask } from '../tasks/queue.ts';
import { beginCommitting } from './commit-phase.ts';
import { seatsOfAll } from './pace.ts';
import { firstVacancy, writePanel, writeSeat } from './panel-store.ts';
import { NO_PANEL_TIMERS, reservePanelTimers } from './panel-timers.ts';
import { isOverloaded, takeSeat } from './seat-obligation.ts';

/** A task has one panel after the other; past this many their numbers begin again. */
const PANEL_NUMBER_MAX = 65_535;

/** What a panel begins with. */
export interface PanelTerms {
  readonly kind: PanelKind;
  readonly m: number;
  readonly n: number;
}

/** Makes the panel of a task, and counts it in the task's record. Its timers are reserved when its draws begin. */
export function openPanel(context: BlockContext, task: TaskRecord, terms: PanelTerms): Panel {
  assert(terms.n >= 1 && terms.n <= SEATS_MAX && terms.m <= terms.n, 'a panel of impossible size');
  const current = requireTask(context.state, task.id);
  const number = (current.panels % PANEL_NUMBER_MAX) + 1;
  writeTask(context, { ...current, panels: number });
  const panel: Panel = {
    ...terms,
    taskId: task.id,
    number,
    ofAll: seatsOfAll(context, task, terms.n),
    round: 0,
    phase: PanelPhase.drawing,
    drawn: 0,
    committed: 0,
    revealed: 0,
    lastDrawnAtHeight: 0,
    decisiveAtHeight: 0,
    commitDeadline: 0,
    revealDeadline: 0,
    timers: NO_PANEL_TIMERS,
    draw: NO_DRAW,
  };
  writePanel(context, panel);
  return panel;
}

/** The draws of a committee begin: its timers are those of disputes, so that it is never refused. */
export function beginCommittee(context: BlockContext, panel: Panel): void {
  const timers = reservePanelTimers(context, panel);
  assert(timers !== undefined, 'a committee without timers');
  writePanel(context, { ...panel, timers });
  beginDraws(context, panel.taskId);
}

/** The first seat of a redundant task is drawn: the task waits no longer, and its other seats are drawn block by block. */
function beginRedundant(context: BlockContext, task: TaskRecord, panel: Panel, timers: PanelTimers): Panel {
  dequeueTask(context, task);
  const begun: TaskRecord = {
    ...task,
    status: TaskStatus.assigned,
    settlement: Settlement.committing,
    waitReason: WaitReason.none,
    assignedAtHeight: context.height,
    assignedAt: context.timestamp,
  };
  writeTask(context, begun);
  emitTask(context, begun, 'seats_drawn');
  beginDraws(context, task.id);
  return { ...panel, timers };
}

/** A seat as it is when somebody was drawn for it. */
const newSeat = (context: BlockContext, { round }: Panel, provider: ProviderRecord): Seat => ({
  provider: provider.id,
  operator: provider.operator,
  round,
  excused: isOverloaded(context, provider),
  status: SeatStatus.drawn,
  drawnAtHeight: context.height,
  drawnAt: context.timestamp,
  commitment: ZERO_32,
  vote: Vote.output,
  outputHash: ZERO_32,
  computeTimeMs: 0n,
  committedAtHeight: 0,
  committedAt: 0,
});

/**
 * Seats a provider. The first seat of a redundant task needs the timers of all steps; the last one starts the time to
 * commit.
 * @returns false, with nothing changed, where no timer slots are free.
 */
export function seatProvider(
  context: BlockContext,
  task: TaskRecord,
  opened: Panel,
  provider: ProviderRecord,
): boolean {
  let panel = opened;
  if (task.status === TaskStatus.pending) {
    const timers = reservePanelTimers(context, panel);
    if (timers === undefined) return false;
    panel = beginRedundant(context, task, panel, timers);
  }
  const seat = newSeat(context, panel, provider);
  const position = firstVacancy(context, panel);
  writeSeat(context, panel, { position, seat });
  takeSeat(context, provider, { taskId: task.id, isListed: !seat.excused });
  const filled: Panel = {
    ...panel,
    drawn: panel.drawn + 1,
    lastDrawnAtHeight: context.height,
    draw: NO_DRAW,
  };
  writePanel(context, filled);
  context.events.push({
    kind: 'seat',
    taskId: task.id,
    provider: provider.id,
    position,
    change: 'drawn',
  });
  if (filled.drawn === filled.n) beginCommitting(context, requireTask(context.state, task.id), filled);
  return true;
}
