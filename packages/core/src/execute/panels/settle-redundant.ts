import { equalBytes, ZERO_32 } from '../../bytes/bytes.ts';
import { namedHash } from '../../crypto/named-hash.ts';
import { assert } from '../../errors/aivm-error.ts';
import { stateKeys } from '../../state/keys.ts';
import { readSeatOutput } from '../../state/read-panel.ts';
import type { Panel } from '../../state/records/panel.ts';
import type { TaskRecord } from '../../state/records/task.ts';
import type { BlockContext } from '../context/block-context.ts';
import { partOf } from '../context/parts.ts';
import { convictWithoutChallenger } from '../economy/conviction.ts';
import { burn } from '../economy/money.ts';
import { penalizeSeat } from '../economy/penalty.ts';
import type { Judge } from '../models/model-class.ts';
import { modelClassOf } from '../models/model-classes.ts';
import { recomputeOutput } from '../models/recompute-output.ts';
import { refundTask } from '../settlement/attempt.ts';
import { completeTask, payProvider } from '../settlement/complete.ts';
import { type PlacedSeat, removePanel } from './panel-store.ts';
import { endSeats, largestGroups, type PanelVote, punishSilence } from './vote.ts';

/** Recomputes the output: the seats that revealed another one are convicted. A proof outweighs any majority. */
function judgeByProof(
  context: BlockContext,
  task: TaskRecord,
  vote: PanelVote,
  judge: Extract<Judge, { kind: 'recompute' }>,
): readonly PlacedSeat[] {
  const right = namedHash('Output', recomputeOutput(context, task, judge));
  for (const { seat } of vote.revealed) {
    if (equalBytes(seat.outputHash, right)) continue;
    convictWithoutChallenger(context, task.id, seat.provider);
  }
  return vote.revealed.filter(({ seat }) => equalBytes(seat.outputHash, right));
}

/** Members that diverge from a majority pay a penalty; without one nobody can be said to diverge. */
function penalizeDivergent(context: BlockContext, task: TaskRecord, vote: PanelVote): void {
  if (vote.majority === undefined) return;
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

/**
 * Pays for a panel that found no majority, out of the escrow. Members of the largest groups of at least two
 * have half of theirs, the other half is burned; the part of every other seat that revealed is burned. All answers are
 * public by then, so a refund would give them away; half, so that agreeing on junk pays less than working.
 * @returns the task with what is left of its escrow: the parts of seats that revealed nothing
 */
function payWithoutMajority(context: BlockContext, task: TaskRecord, { revealed }: PanelVote): TaskRecord {
  const part = partOf(context, task);
  const paid = largestGroups(revealed);
  const half = part / 2n;
  for (const { seat } of paid) payProvider(context, seat.provider, half);
  const spent = part * BigInt(revealed.length);
  const burned = spent - half * BigInt(paid.length);
  burn(context, burned);
  return { ...task, escrow: task.escrow - spent, burned: task.burned + burned };
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

/** Decides a redundant task. */
export function settleRedundant(
  context: BlockContext,
  task: TaskRecord,
  panel: Panel,
  vote: PanelVote,
): void {
  const { judge } = modelClassOf(task);
  const winners =
    judge.kind === 'recompute' ? judgeByProof(context, task, vote, judge) : (vote.majority ?? []);
  if (judge.kind !== 'recompute') penalizeDivergent(context, task, vote);
  punishSilence(context, task, panel, vote);
  endSeats(context, task, { panel, vote }, new Set(winners.map(({ position }) => position)));
  const [winner] = winners;
  const settled =
    winner === undefined
      ? { ...task, outputHash: ZERO_32, timeoutHeight: 0 }
      : withOutput(context, task, winner);
  removePanel(context, panel);
  if (winner === undefined) {
    refundTask(
      context,
      judge.kind === 'recompute' ? settled : payWithoutMajority(context, settled, vote),
      'no_majority',
    );
    return;
  }
  completeTask(
    context,
    settled,
    winners.map(({ seat }) => ({
      provider: seat.provider,
      answeredWithinOneBlock: seat.committedAtHeight <= seat.drawnAtHeight + 1,
    })),
  );
}
