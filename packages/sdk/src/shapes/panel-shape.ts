import { type Panel, PanelKind, PanelPhase, type SeatAt, SeatStatus, Vote } from '@aivm/core/state';
import type { TaskPanel } from '../schemas/task.ts';

/** A panel and the seats that somebody holds, by their places. */
export interface PanelWithSeats {
  readonly panel: Panel;
  readonly seats: readonly SeatAt[];
}

const phaseName = (phase: number): TaskPanel['phase'] => {
  if (phase === PanelPhase.drawing) return 'drawing';
  return phase === PanelPhase.committing ? 'committing' : 'revealing';
};

type SeatShape = TaskPanel['seats'][number];

const voteName = (vote: number): SeatShape['vote'] => {
  if (vote === Vote.output) return 'output';
  return vote === Vote.tooLong ? 'too_long' : 'cannot_run';
};

const seatToJson = ({
  position,
  round,
  provider,
  drawnAtHeight,
  status,
  commitment,
  vote,
}: SeatAt): SeatShape => {
  const drawn = { position, round, provider, drawn_at_height: drawnAtHeight };
  if (status === SeatStatus.drawn) return { ...drawn, status: 'drawn' };
  if (status === SeatStatus.committed) return { ...drawn, status: 'committed', commitment };
  return { ...drawn, status: 'revealed', commitment, vote: voteName(vote) };
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
