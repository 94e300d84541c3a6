import { equalBytes } from '../../bytes/bytes.ts';
import { requireThat } from '../../errors/aivm-error.ts';
import { stateKeys } from '../../state/keys.ts';
import { readChain, requireTask } from '../../state/read.ts';
import { type Panel, PanelPhase, SeatStatus, Vote } from '../../state/records/panel.ts';
import type { TaskRecord } from '../../state/records/task.ts';
import type { OperationOf } from '../../tx/operations/operations.ts';
import type { BlockContext } from '../context/block-context.ts';
import { settlePanel } from '../disputes/settle-panel.ts';
import { convictWithoutChallenger } from '../economy/conviction.ts';
import { checkOutput } from '../models/check-output.ts';
import { modelClassOf } from '../models/model-classes.ts';
import { recomputeOutput } from '../models/recompute-output.ts';
import { hashCommitment, hashVote } from '../panels/commitment.ts';
import { type OwnSeat, ownSeat, requireSeatFacts } from '../panels/own-seat.ts';
import { writePanel, writeSeat } from '../panels/panel-store.ts';
import { cancelPanelTimers } from '../panels/panel-timers.ts';

type RevealResult = OperationOf<'revealResult'>;

/** A vote is an output, or, where a model may fail, one of two errors without one. */
function checkVote(context: BlockContext, task: TaskRecord, { vote, output }: RevealResult): void {
  if (vote === Vote.output) {
    checkOutput(context, task, { output });
    return;
  }
  const isKnown = vote === Vote.tooLong || vote === Vote.cannotRun;
  requireThat(
    isKnown,
    'out_of_range',
    () => `vote: ${vote}, expected 0 (output), 1 (too_long), 2 (cannot_run)`,
  );
  requireThat(
    !modelClassOf(task).isTotal,
    'not_supported',
    () => `vote ${vote}: model "${task.model}" has an output for every input`,
  );
  requireThat(output.length === 0, 'malformed', () => `output: ${output.length} bytes beside an error`);
}

/** The chain refutes a wrong output itself, in the block that shows it: its member is convicted, and nobody rewarded. */
function judgeReveal(context: BlockContext, task: TaskRecord, { provider, output }: RevealResult): void {
  const { judge } = modelClassOf(task);
  if (judge.kind !== 'recompute') return;
  if (equalBytes(output, recomputeOutput(context, task, judge))) return;
  convictWithoutChallenger(context, task.id, provider);
}

function checkReveal(context: BlockContext, { task, panel, placed }: OwnSeat, operation: RevealResult): void {
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
  checkVote(context, task, operation);
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
  operation: RevealResult,
): void {
  const own = ownSeat(context, sender, operation);
  checkReveal(context, own, operation);
  const { task, panel, placed } = own;
  const { position } = placed;
  const seat = {
    ...placed.seat,
    status: SeatStatus.revealed,
    vote: operation.vote,
    outputHash: hashVote(operation),
    computeTimeMs: operation.computeTimeMs,
  };
  writeSeat(context, panel, { position, seat });
  if (operation.vote === Vote.output) {
    context.state.set(stateKeys.seatOutput(task.id, position), operation.output);
  }
  const revealed: Panel = { ...panel, revealed: panel.revealed + 1 };
  writePanel(context, revealed);
  context.events.push({
    kind: 'seat',
    taskId: task.id,
    provider: seat.provider,
    position,
    change: 'revealed',
  });
  judgeReveal(context, task, operation);
  if (revealed.revealed < revealed.committed) return;
  cancelPanelTimers(context, revealed.timers);
  settlePanel(context, requireTask(context.state, task.id), revealed);
}
