import { equalBytes } from '../../bytes/bytes.ts';
import { namedHash } from '../../crypto/named-hash.ts';
import { assert } from '../../errors/aivm-error.ts';
import { stateKeys } from '../../state/keys.ts';
import { readTaskInput, readWeights } from '../../state/read.ts';
import { readSeatOutput } from '../../state/read-panel.ts';
import { CheckClass } from '../../state/records/model.ts';
import type { Panel } from '../../state/records/panel.ts';
import type { Task } from '../../state/records/task.ts';
import type { BlockContext } from '../context/block-context.ts';
import { runInt8Kernel } from '../disputes/int8-kernel.ts';
import { convictProvider } from '../economy/conviction.ts';
import { penalizeProvider } from '../economy/penalty.ts';
import { refundTask } from '../settlement/attempt.ts';
import { completeTask } from '../settlement/complete.ts';
import { type PlacedSeat, removePanel } from './panel-store.ts';
import { endSeats, type PanelVote, punishSilence } from './vote.ts';

const NO_HASH = new Uint8Array(32);

/** Kernel 5 says which reveals are right; the others are convicted. No majority is asked: a proof outweighs it. */
function judgeByKernel(context: BlockContext, task: Task, vote: PanelVote): readonly PlacedSeat[] {
  const input = readTaskInput(context.state, task.id);
  const weights = readWeights(context.state, task.weightHash);
  assert(input !== undefined && weights !== undefined, 'a panel without its data');
  const right = namedHash('Output', runInt8Kernel(weights.parameters, input));
  for (const { seat } of vote.revealed) {
    if (equalBytes(seat.outputHash, right)) continue;
    convictProvider(context, { id: task.id, assignedTo: seat.provider, reservation: seat.reservation });
  }
  return vote.revealed.filter(({ seat }) => equalBytes(seat.outputHash, right));
}

/** Members that diverge from a majority pay a penalty; without one nobody can be said to diverge. */
function penalizeDivergent(context: BlockContext, task: Task, vote: PanelVote): void {
  if (vote.majority === undefined) return;
  for (const placed of vote.revealed) {
    if (vote.majority.includes(placed)) continue;
    const { position, seat } = placed;
    penalizeProvider(context, { assignedTo: seat.provider, reservation: seat.reservation }, task.fee);
    context.events.push({
      kind: 'seat',
      taskId: task.id,
      provider: seat.provider,
      position,
      change: 'divergent',
    });
  }
}

/** The task as its accepted output leaves it. */
function withOutput(context: BlockContext, task: Task, winner: PlacedSeat): Task {
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
export function settleRedundant(context: BlockContext, task: Task, panel: Panel, vote: PanelVote): void {
  const isKernel = task.checkClass === CheckClass.int8Kernel;
  const winners = isKernel ? judgeByKernel(context, task, vote) : (vote.majority ?? []);
  if (!isKernel) penalizeDivergent(context, task, vote);
  punishSilence(context, task, panel, vote);
  endSeats(context, task, { panel, vote }, new Set(winners.map(({ position }) => position)));
  const [winner] = winners;
  const settled =
    winner === undefined
      ? { ...task, outputHash: NO_HASH, timeoutHeight: 0 }
      : withOutput(context, task, winner);
  removePanel(context, panel);
  if (winner === undefined) {
    refundTask(context, settled, 'no_majority');
    return;
  }
  completeTask(context, settled, {
    seats: panel.n,
    by: winners.map(({ seat }) => ({
      provider: seat.provider,
      answeredWithinOneBlock: seat.committedAtHeight <= seat.drawnAtHeight + 1,
    })),
  });
}
