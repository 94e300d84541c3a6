import { ZERO_32 } from '../../bytes/bytes.ts';
import { assert } from '../../errors/aivm-error.ts';
import { stateKeys } from '../../state/keys.ts';
import { readSeatOutput } from '../../state/read-panel.ts';
import type { Panel } from '../../state/records/panel.ts';
import type { TaskRecord } from '../../state/records/task.ts';
import type { BlockContext } from '../context/block-context.ts';
import { partOf } from '../context/parts.ts';
import { burn, minBigint } from '../economy/money.ts';
import { penalizeSeat } from '../economy/penalty.ts';
import { modelClassOf } from '../models/model-classes.ts';
import { refundTask } from '../settlement/attempt.ts';
import { completeTask, payProvider } from '../settlement/complete.ts';
import { type PlacedSeat, removePanel } from './panel-store.ts';
import { endSeats, errorOf, largestGroups, type PanelVote, punishSilence } from './vote.ts';

/**
 * Members whose output is not the majority's pay a penalty; without one nobody can be said to diverge. An error says
 * nothing about other outputs.
 */
function penalizeDivergent(context: BlockContext, task: TaskRecord, vote: PanelVote): void {
  if (vote.majority === undefined || errorOf(vote) !== undefined) return;
  for (const placed of vote.revealed) {
    if (vote.majority.includes(placed)) continue;
    const { position, seat } = placed;
    penalizeSeat(context, seat.provider, task.fee);
    context.events.push({
      kind: 'seat',
      taskId: task.id,
      provider: seat.provider,
      position,
      change: 'divergent',
    });
  }
}

/** Of what a part is more than seatFee, a requester loses one in so many for each seat whose member never committed. */
const ABSENCE_PARTS = 50n;

/**
 * Burns, of what the requester would have back, a fiftieth of what a part is more than seatFee for each seat that was drawn and
 * never committed to. Its member loses a whole part if it has no excuse: without this, whoever asks for more than members can do
 * in time takes their bonds for the price of an admission. Up to seatFee the admission itself is enough.
 * @param paid parts of the escrow that seats are paid
 */
function burnForAbsences(
  context: BlockContext,
  task: TaskRecord,
  { absent }: PanelVote,
  paid: number,
): TaskRecord {
  const part = partOf(context, task);
  // Absent members of the first round are the only operators that a redundant task has behind it.
  const absences = BigInt(task.pastOperators.length + absent.length);
  const due = ((part - context.params.seatFee) * absences) / ABSENCE_PARTS;
  const burned = minBigint(task.escrow - part * BigInt(paid), due);
  burn(context, burned);
  return { ...task, escrow: task.escrow - burned, burned: task.burned + burned };
}

/** Pays half of a part to each of these seats, and burns the rest of `spentParts` parts. */
function payHalves(
  context: BlockContext,
  task: TaskRecord,
  paid: readonly PlacedSeat[],
  spentParts: number,
): TaskRecord {
  const part = partOf(context, task);
  const half = part / 2n;
  for (const { seat } of paid) payProvider(context, seat.provider, half);
  const spent = part * BigInt(spentParts);
  const burned = spent - half * BigInt(paid.length);
  burn(context, burned);
  return { ...task, escrow: task.escrow - spent, burned: task.burned + burned };
}

/**
 * Pays for a panel that found no majority, out of the escrow. Members of the largest groups of at least two
 * have half of theirs, the other half is burned; the part of every other seat that revealed is burned. All answers are
 * public by then, so a refund would give them away; half, so that agreeing on junk pays less than working.
 * @returns the task with what is left of its escrow: the parts of seats that revealed nothing
 */
function payWithoutMajority(context: BlockContext, task: TaskRecord, { revealed }: PanelVote): TaskRecord {
  return payHalves(context, task, largestGroups(revealed), revealed.length);
}

/**
 * Pays for a panel whose majority says that there is no answer: half of a part for each of those members, the other halves
 * are burned. The other parts are left.
 */
function payForError(context: BlockContext, task: TaskRecord, { majority }: PanelVote): TaskRecord {
  const members = majority ?? [];
  return payHalves(context, task, members, members.length);
}

/** The task as its accepted output leaves it. */
function withOutput(context: BlockContext, task: TaskRecord, winner: PlacedSeat): TaskRecord {
  const output = readSeatOutput(context.state, task.id, winner.position);
  assert(output !== undefined, 'a seat that revealed nothing');
  context.state.set(stateKeys.taskOutput(task.id), output);
  return {
    ...task,
    assignedTo: winner.seat.provider,
    outputHash: winner.seat.outputHash,
    computeTimeMs: winner.seat.computeTimeMs,
    postedAtHeight: winner.seat.committedAtHeight,
    postedAt: winner.seat.committedAt,
    timeoutHeight: 0,
  };
}

/** The task as it is refunded where nobody's output is accepted. */
function withoutOutput(context: BlockContext, task: TaskRecord, vote: PanelVote): TaskRecord {
  const cleared = { ...task, outputHash: ZERO_32, timeoutHeight: 0 };
  if (modelClassOf(task).judge.kind === 'recompute') return cleared;
  return errorOf(vote) === undefined
    ? payWithoutMajority(context, cleared, vote)
    : payForError(context, cleared, vote);
}

/**
 * Decides a redundant task. Where the chain computes the right output itself, every seat that stands after its reveal has
 * it, and no majority is asked for.
 */
export function settleRedundant(
  context: BlockContext,
  task: TaskRecord,
  panel: Panel,
  vote: PanelVote,
): void {
  const isProven = modelClassOf(task).judge.kind === 'recompute';
  const error = errorOf(vote);
  const agreeing = isProven ? vote.revealed : (vote.majority ?? []);
  const winners = error === undefined ? agreeing : [];
  if (!isProven) penalizeDivergent(context, task, vote);
  punishSilence(context, task, panel, vote);
  endSeats(context, task, { panel, vote }, new Set(agreeing.map(({ position }) => position)));
  const [winner] = winners;
  const settled = winner === undefined ? task : withOutput(context, task, winner);
  removePanel(context, panel);
  if (winner === undefined) {
    const rest = burnForAbsences(context, withoutOutput(context, task, vote), vote, 0);
    refundTask(context, rest, error ?? 'no_majority');
    return;
  }
  completeTask(
    context,
    burnForAbsences(context, settled, vote, winners.length),
    winners.map(({ seat }) => ({
      provider: seat.provider,
      answeredWithinOneBlock: seat.committedAtHeight <= seat.drawnAtHeight + 1,
    })),
  );
}
