import { assert } from '../errors/aivm-error.ts';
import { stateKeys } from './keys.ts';
import { readRecord } from './read.ts';
import { type Dispute, disputeCodec, type Panel, panelCodec, type Seat, seatCodec } from './records/panel.ts';
import type { StateReader } from './state-view.ts';

/** The panel that works on a task, or undefined. */
export const readPanel = (state: StateReader, taskId: string): Panel | undefined =>
  readRecord(state, stateKeys.panel(taskId), panelCodec);

/** One seat of a panel. */
export const readSeat = (state: StateReader, taskId: string, position: number): Seat | undefined =>
  readRecord(state, stateKeys.seat(taskId, position), seatCodec);

/** A seat with its place on the panel. */
export type SeatAt = Seat & { readonly position: number };

/** A panel with the seats that somebody holds, at most 15, by their places: where a seat is drawn again, one is missing. */
export function readWholePanel(
  state: StateReader,
  taskId: string,
): { readonly panel: Panel; readonly seats: readonly SeatAt[] } | undefined {
  const panel = readPanel(state, taskId);
  if (panel === undefined) return undefined;
  const seats = Array.from({ length: panel.n }, (_, position) => {
    const seat = readSeat(state, taskId, position);
    return seat === undefined ? [] : [{ ...seat, position }];
  }).flat();
  assert(seats.length === panel.drawn, 'a panel without one of its seats');
  return { panel, seats };
}

/** What a seat revealed. */
export const readSeatOutput = (
  state: StateReader,
  taskId: string,
  position: number,
): Uint8Array | undefined => state.get(stateKeys.seatOutput(taskId, position));

/** The challenge that a committee judges. */
export const readDispute = (state: StateReader, taskId: string): Dispute | undefined =>
  readRecord(state, stateKeys.dispute(taskId), disputeCodec);
