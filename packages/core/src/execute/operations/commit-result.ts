import { isZeroBytes } from '../../bytes/bytes.ts';
import { requireThat } from '../../errors/aivm-error.ts';
import { type Panel, PanelPhase, SeatStatus } from '../../state/records/panel.ts';
import type { OperationOf } from '../../tx/operations/operations.ts';
import type { BlockContext } from '../context/block-context.ts';
import { ownSeat, requireSeatFacts } from '../panels/own-seat.ts';
import { writePanel, writeSeat } from '../panels/panel-store.ts';
import { beginRevealing } from '../panels/reveal-phase.ts';
import { noteCommitment } from '../panels/seat-obligation.ts';

/** A seat commits to its output. The last commitment begins the reveals. */
export function processCommitResult(
  context: BlockContext,
  sender: Uint8Array,
  operation: OperationOf<'commitResult'>,
): void {
  const { task, panel, placed } = ownSeat(context, sender, operation);
  requireThat(placed.seat.status === SeatStatus.drawn, 'duplicate', () => 'this seat has committed before');
  requireThat(
    panel.phase === PanelPhase.drawing ||
      (panel.phase === PanelPhase.committing && context.height < panel.commitDeadline),
    'too_late',
    () => `task "${task.id}" took commitments below height ${panel.commitDeadline}`,
  );
  requireSeatFacts({ task, panel, placed }, operation);
  requireThat(!isZeroBytes(operation.commitment), 'malformed', () => 'commitment: zero');
  const { position } = placed;
  const seat = {
    ...placed.seat,
    status: SeatStatus.committed,
    commitment: operation.commitment,
    committedAtHeight: context.height,
    committedAt: context.timestamp,
  };
  writeSeat(context, panel, { position, seat });
  noteCommitment(context, seat);
  const committed: Panel = { ...panel, committed: panel.committed + 1 };
  writePanel(context, committed);
  context.events.push({
    kind: 'seat',
    taskId: task.id,
    provider: seat.provider,
    position,
    change: 'committed',
  });
  if (committed.committed === committed.n) beginRevealing(context, task, committed);
}
