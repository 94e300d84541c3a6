import { equalBytes, isZeroBytes } from '../../bytes/bytes.ts';
import { namedHash } from '../../crypto/named-hash.ts';
import { AivmError, assert, requireThat } from '../../errors/aivm-error.ts';
import { stateKeys } from '../../state/keys.ts';
import { readChain, requireTask } from '../../state/read.ts';
import { readPanel } from '../../state/read-panel.ts';
import { CheckClass } from '../../state/records/model.ts';
import { type Panel, PanelKind, PanelPhase, SeatStatus } from '../../state/records/panel.ts';
import { ProviderStatus } from '../../state/records/provider.ts';
import { Settlement, type Task, TaskStatus } from '../../state/records/task.ts';
import { TimerKind } from '../../state/records/timer.ts';
import type { OperationOf } from '../../tx/operations/definitions.ts';
import { type BlockContext, emitTask, writeTask } from '../context/block-context.ts';
import { checkOutputShape } from '../models/output-shape.ts';
import { ownProvider } from '../providers/own-provider.ts';
import { cancelTimer, scheduleTimer } from '../tasks/timers.ts';
import { hashCommitment, type PlacedSeat, readSeats, writePanel, writeSeat } from './panel-store.ts';
import { settlePanel } from './settle-panel.ts';

interface OwnSeat {
  readonly task: Task;
  readonly panel: Panel;
  readonly placed: PlacedSeat;
}

/** The seat of the sender's provider. @throws AivmError `task_not_found`, `provider_not_found`, `forbidden`, … */
function ownSeat(
  context: BlockContext,
  sender: Uint8Array,
  of: { taskId: string; provider: string },
): OwnSeat {
  const task = requireTask(context.state, of.taskId);
  const provider = ownProvider(context, sender, of.provider);
  requireThat(
    provider.status !== ProviderStatus.slashed,
    'provider_slashed',
    () => `provider "${provider.id}" was convicted`,
  );
  const panel = readPanel(context.state, task.id);
  const hasEnded = task.settlement === Settlement.final || task.settlement === Settlement.void;
  if (panel === undefined) {
    throw new AivmError(hasEnded ? 'too_late' : 'wrong_state', `task "${task.id}" has no panel`);
  }
  const placed = readSeats(context, panel).find(({ seat }) => seat.provider === provider.id);
  if (placed === undefined)
    throw new AivmError('forbidden', `provider "${provider.id}" has no seat on task "${task.id}"`);
  return { task, panel, placed };
}

/** The time to commit is over: whoever committed may reveal. */
export function beginRevealing(context: BlockContext, task: Task, panel: Panel): void {
  cancelTimer(context, panel.commitTimer);
  const isEarly = context.height < panel.commitDeadline;
  // With everybody in early the wait is shortened; where no slot is free the reserved one serves.
  const sooner = isEarly
    ? scheduleTimer(context, context.height + context.params.revealBlocks, {
        kind: TimerKind.revealEnd,
        taskId: panel.taskId,
        weight: panel.n,
      })
    : undefined;
  if (sooner !== undefined) cancelTimer(context, panel.revealTimer);
  const revealTimer = sooner ?? panel.revealTimer;
  writePanel(context, {
    ...panel,
    phase: PanelPhase.revealing,
    commitDeadline: context.height,
    revealDeadline: revealTimer.height,
    revealTimer,
  });
  if (panel.kind !== PanelKind.redundant) return;
  const revealing: Task = { ...task, status: TaskStatus.processing, settlement: Settlement.revealing };
  writeTask(context, revealing);
  emitTask(context, revealing, 'revealing');
}

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

function checkReveal(
  context: BlockContext,
  { task, panel, placed }: OwnSeat,
  operation: OperationOf<'revealResult'>,
): void {
  const { status, commitment } = placed.seat;
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
  checkOutputShape(context, task, operation);
  const { chainId } = readChain(context.state);
  const expected = hashCommitment({ ...operation, chainId });
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
    outputHash: namedHash('Output', operation.output),
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

/** Where kernel 5 judges, one right answer is enough; agreement needs m. */
const leastCommitments = (task: Task, panel: Panel): number =>
  panel.kind === PanelKind.redundant && task.checkClass === CheckClass.int8Kernel ? 1 : panel.m;

/** The time to commit ended by the clock: reveals begin, unless so few committed that nothing can be decided. */
export function endCommitting(context: BlockContext, task: Task, panel: Panel): void {
  assert(panel.phase === PanelPhase.committing, 'a panel whose commit timer runs twice');
  if (panel.committed >= leastCommitments(task, panel)) {
    beginRevealing(context, task, panel);
    return;
  }
  cancelTimer(context, panel.revealTimer);
  settlePanel(context, task, panel);
}
