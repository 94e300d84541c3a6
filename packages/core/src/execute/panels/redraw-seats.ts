import { type Panel, PanelPhase, SeatStatus } from '../../state/records/panel.ts';
import { NO_DRAW, type TaskRecord } from '../../state/records/task.ts';
import { type BlockContext, emitTask, writeTask } from '../context/block-context.ts';
import { beginDraws } from '../tasks/queue.ts';
import { type PlacedSeat, readSeats, removeSeat, writePanel } from './panel-store.ts';
import { cancelSteps, hasten } from './panel-timers.ts';
import { chargeSeat, endSeat, isConvictedSeat } from './seat-obligation.ts';

/** A seat that did not commit, or whose member was convicted meanwhile and has no vote. */
const isAbsent = (context: BlockContext, { seat }: PlacedSeat): boolean =>
  seat.status === SeatStatus.drawn || isConvictedSeat(context, seat);

/**
 * Fewer than m seats have committed: those that did stay, and the others, only they, are drawn once more. An absent seat is
 * settled at once: its member pays unless it is excused, and its operator is not drawn for this task again.
 */
export function redrawAbsent(context: BlockContext, before: TaskRecord, panel: Panel): void {
  const absent = readSeats(context, panel).filter((placed) => isAbsent(context, placed));
  for (const placed of absent) {
    const { seat, position } = placed;
    const isExcused = seat.excused || isConvictedSeat(context, seat);
    if (!isExcused) chargeSeat(context, before, placed, 'absent');
    endSeat(context, before.id, seat, { failed: !isExcused });
    removeSeat(context, panel, position);
  }
  const task: TaskRecord = {
    ...before,
    pastOperators: [...before.pastOperators, ...absent.map(({ seat }) => seat.operator)],
  };
  writeTask(context, task);
  const timers = cancelSteps(context, panel.timers, ['commit']);
  const drawEnd = context.height + panel.n + context.params.drawSlackBlocks;
  const again: Panel = {
    ...panel,
    round: 1,
    phase: PanelPhase.drawing,
    drawn: panel.drawn - absent.length,
    committed: panel.drawn - absent.length,
    lastDrawnAtHeight: 0,
    decisiveAtHeight: 0,
    commitDeadline: 0,
    timers,
    draw: NO_DRAW,
  };
  writePanel(context, { ...again, timers: hasten(context, again, 'redraw', drawEnd) });
  beginDraws(context, task.id);
  emitTask(context, task, 'seats_redrawn');
}
