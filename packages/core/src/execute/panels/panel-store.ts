import { assert } from '../../errors/aivm-error.ts';
import { stateKeys } from '../../state/keys.ts';
import { readPanel, readSeat } from '../../state/read-panel.ts';
import { type Panel, panelCodec, type Seat, seatCodec } from '../../state/records/panel.ts';
import type { BlockContext } from '../context/block-context.ts';

/** A seat with its place on the panel. */
export interface PlacedSeat {
  readonly position: number;
  readonly seat: Seat;
}

export const writePanel = (context: BlockContext, panel: Panel): void =>
  context.state.setRecord(stateKeys.panel(panel.taskId), panelCodec, panel);

export const writeSeat = (context: BlockContext, panel: Panel, { position, seat }: PlacedSeat): void =>
  context.state.setRecord(stateKeys.seat(panel.taskId, position), seatCodec, seat);

/** The panel of a task that is known to have one. */
export function requirePanel(context: BlockContext, taskId: string): Panel {
  const panel = readPanel(context.state, taskId);
  assert(panel !== undefined, `task ${taskId} has no panel`);
  return panel;
}

/** The seats that were drawn so far, at most 15. */
export function readSeats(context: BlockContext, panel: Panel): PlacedSeat[] {
  return Array.from({ length: panel.drawn }, (_, position) => {
    const seat = readSeat(context.state, panel.taskId, position);
    assert(seat !== undefined, 'a panel without one of its seats');
    return { position, seat };
  });
}

/** Takes a panel and everything under it out of the state. */
export function removePanel(context: BlockContext, panel: Panel): void {
  for (let position = 0; position < panel.drawn; position++) {
    context.state.delete(stateKeys.seat(panel.taskId, position));
    context.state.delete(stateKeys.seatOutput(panel.taskId, position));
  }
  context.state.delete(stateKeys.panel(panel.taskId));
}
