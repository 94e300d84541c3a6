import { equalBytes } from '../../bytes/bytes.ts';
import { requireThat } from '../../errors/aivm-error.ts';
import { stateKeys } from '../../state/keys.ts';
import { readChain, requireTask } from '../../state/read.ts';
import { type Panel, PanelPhase, SeatStatus, Vote } from '../../state/records/panel.ts';
import type { OperationOf } from '../../tx/operations/operations.ts';
import type { BlockContext } from '../context/block-context.ts';
import { settlePanel } from '../disputes/settle-panel.ts';
import { checkOutput } from '../models/check-output.ts';
import { hashCommitment, hashVote } from '../panels/commitment.ts';
import { type OwnSeat, ownSeat, requireSeatFacts } from '../panels/own-seat.ts';
import { writePanel, writeSeat } from '../panels/panel-store.ts';
import { cancelTimer } from '../tasks/timers.ts';

function checkReveal(
  context: BlockContext,
  { task, panel, placed }: OwnSeat,
  operation: OperationOf<'revealResult'>,
): void {
  const { status, commitment } = placed.seat;
  requireSeatFacts({ task, panel, placed }, operation);
  requireThat(
    panel.phase === PanelPhase.revealing,
    'too_early',
    () => `task "${task.id}": the time to commit is not over`,
  );
  requireThat(status !== SeatStatus.revealed, 'duplicate', () => 'this seat has revealed before');
  requireThat(status === SeatStatus.committed, 'wrong_state', () => 'this seat never committed');
  requireThat(
    context.height < panel.revealDeadline,
    'too_late',
    () => `task "${task.id}" took reveals below height ${panel.revealDeadline}`,
  );
  checkOutput(context, task, operation);
  requireThat(
    operation.vote === Vote.output,
    'not_supported',
    () => `vote ${operation.vote}: only an output, 0, can be revealed`,
  );
  const { genesisHash } = readChain(context.state);
  const expected = hashCommitment({ ...operation, genesisHash });
  requireThat(
    equalBytes(expected, commitment),
    'invalid_input',
    () => 'the reveal is not what this seat committed to',
  );
}

/** A seat shows what it committed to. The last reveal settles the panel. */
export function processRevealResult(
  context: BlockContext,
  sender: Uint8Array,
  operation: OperationOf<'revealResult'>,
): void {
  const own = ownSeat(context, sender, operation);
  checkReveal(context, own, operation);
  const { task, panel, placed } = own;
  const { position } = placed;
  const seat = {
    ...placed.seat,
    status: SeatStatus.revealed,
    outputHash: hashVote(operation),
    computeTimeMs: operation.computeTimeMs,
  };
  writeSeat(context, panel, { position, seat });
  context.state.set(stateKeys.seatOutput(task.id, position), operation.output);
  const revealed: Panel = { ...panel, revealed: panel.revealed + 1 };
  writePanel(context, revealed);
  context.events.push({
    kind: 'seat',
    taskId: task.id,
    provider: seat.provider,
    position,
    change: 'revealed',
  });
  if (revealed.revealed < revealed.committed) return;
  cancelTimer(context, revealed.revealTimer);
  settlePanel(context, requireTask(context.state, task.id), revealed);
}
