import { assert } from '../../errors/aivm-error.ts';
import { stateKeys } from '../../state/keys.ts';
import { readPanel, readSeat } from '../../state/read-panel.ts';
import { type Panel, panelCodec, type Seat, seatCodec } from '../../state/records/panel.ts';
import type { BlockContext } from '../context/block-context.ts';
import { countOpenSeats } from './pace.ts';

/** A seat with its place on the panel. */
export interface PlacedSeat {
  readonly position: number;
  readonly seat: Seat;
}

export function writePanel(context: BlockContext, panel: Panel): void {
  countOpenSeats(context, readPanel(context.state, panel.taskId), panel);
  context.state.setRecord(stateKeys.panel(panel.taskId), panelCodec, panel);
}

export const writeSeat = (context: BlockContext, panel: Panel, { position, seat }: PlacedSeat): void =>
  context.state.setRecord(stateKeys.seat(panel.taskId, position), seatCodec, seat);

/** Takes a seat, and what it revealed, out of the state: its place is vacant. */
export function removeSeat(context: BlockContext, { taskId }: Panel, position: number): void {
  context.state.delete(stateKeys.seat(taskId, position));
  context.state.delete(stateKeys.seatOutput(taskId, position));
}

/** The panel of a task that is known to have one. */
export function requirePanel(context: BlockContext, taskId: string): Panel {
  const panel = readPanel(context.state, taskId);
  assert(panel !== undefined, `task ${taskId} has no panel`);
  return panel;
}

/** The seats that somebody holds, at most 15, by their places. */
export function readSeats(context: BlockContext, panel: Panel): PlacedSeat[] {
  const seats: PlacedSeat[] = [];
  for (let position = 0; position < panel.n; position++) {
    const seat = readSeat(context.state, panel.taskId, position);
    if (seat !== undefined) seats.push({ position, seat });
  }
  assert(seats.length === panel.drawn, 'a panel without one of its seats');
  return seats;
}

/** The first place that nobody holds. */
export function firstVacancy(context: BlockContext, panel: Panel): number {
  let position = 0;
  while (readSeat(context.state, panel.taskId, position) !== undefined) position += 1;
  assert(position < panel.n, 'a panel without a vacant place');
  return position;
}

/** Takes a panel and everything under it out of the state. */
export function removePanel(context: BlockContext, panel: Panel): void {
  for (const { position } of readSeats(context, panel)) removeSeat(context, panel, position);
  countOpenSeats(context, readPanel(context.state, panel.taskId), undefined);
  context.state.delete(stateKeys.panel(panel.taskId));
}
