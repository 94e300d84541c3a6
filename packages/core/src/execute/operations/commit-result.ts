import { isZeroBytes } from '../../bytes/bytes.ts';
import { requireThat } from '../../errors/aivm-error.ts';
import { requireTask } from '../../state/read.ts';
import { PanelPhase, SeatStatus } from '../../state/records/panel.ts';
import type { OperationOf } from '../../tx/operations/operations.ts';
import type { BlockContext } from '../context/block-context.ts';
import { settlePanel } from '../disputes/settle-panel.ts';
import { noteCommitted } from '../panels/commit-phase.ts';
import { ownSeat, requireSeatFacts } from '../panels/own-seat.ts';
import { requirePanel, writeSeat } from '../panels/panel-store.ts';
import { noteCommitment } from '../panels/seat-obligation.ts';

/** A seat commits to its output. With the last commitment the time to commit is over. */
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
  context.events.push({
    kind: 'seat',
    taskId: task.id,
    provider: seat.provider,
    position,
    change: 'committed',
  });
  if (noteCommitted(context, task, panel)) return;
  settlePanel(context, requireTask(context.state, task.id), requirePanel(context, task.id));
}
