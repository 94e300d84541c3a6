import { type Panel, PanelKind, PanelPhase, type Seat, SeatStatus } from '@aivm/core/state';
import type { TaskPanel } from '../schemas/task.ts';

/** A panel and the seats that were drawn so far, in the order of the draw. */
export interface PanelWithSeats {
  readonly panel: Panel;
  readonly seats: readonly Seat[];
}

const phaseName = (phase: number): TaskPanel['phase'] => {
  if (phase === PanelPhase.drawing) return 'drawing';
  return phase === PanelPhase.committing ? 'committing' : 'revealing';
};

const seatToJson = (seat: Seat): TaskPanel['seats'][number] => {
  const drawn = { provider: seat.provider, drawn_at_height: seat.drawnAtHeight };
  if (seat.status === SeatStatus.drawn) return { ...drawn, status: 'drawn' };
  const status = seat.status === SeatStatus.committed ? 'committed' : 'revealed';
  return { ...drawn, status, commitment: seat.commitment };
};

/**
 * A panel as JSON.
 * @example panelToShape(panel).kind // 'redundant'
 */
export const panelToShape = ({ panel, seats }: PanelWithSeats): TaskPanel => ({
  kind: panel.kind === PanelKind.redundant ? 'redundant' : 'committee',
  number: panel.number,
  round: panel.round,
  phase: phaseName(panel.phase),
  m: panel.m,
  n: panel.n,
  ...(panel.phase === PanelPhase.drawing ? {} : { commit_deadline: panel.commitDeadline }),
  ...(panel.revealDeadline === 0 ? {} : { reveal_deadline: panel.revealDeadline }),
  seats: seats.map(seatToJson),
});
