import { LIMITS } from '../../state/limits.ts';
import { readOperator, requireProvider } from '../../state/read.ts';
import type { Seat } from '../../state/records/panel.ts';
import { SeatStatus } from '../../state/records/panel.ts';
import type { ProviderRecord } from '../../state/records/provider.ts';
import type { TaskRecord } from '../../state/records/task.ts';
import { type BlockContext, writeProvider } from '../context/block-context.ts';
import { chargeAbsence } from '../economy/penalty.ts';
import type { ObligationEnd } from '../tasks/obligations.ts';
import type { PlacedSeat } from './panel-store.ts';

/**
 * Whether a member's absence from a further seat is excused: it holds as many as it may. The draw does not move for
 * that: a seat that avoided busy members could be steered by keeping honest ones busy.
 */
export const isOverloaded = ({ params }: BlockContext, provider: ProviderRecord): boolean =>
  provider.uncommittedSeats >= params.maxOpenSeats || provider.seats.length >= LIMITS.seatsPerProviderMax;

/**
 * Whether the operator of a seat was convicted, for this provider or for another one: it has no vote, and its absence is
 * excused.
 */
export const isConvictedSeat = ({ state }: BlockContext, { operator }: Seat): boolean =>
  readOperator(state, operator).convicted;

/** Notes a seat in its member's record. A seat reserves nothing of the bond and counts as no assignment. */
export function takeSeat(
  context: BlockContext,
  provider: ProviderRecord,
  { taskId, isListed }: { readonly taskId: string; readonly isListed: boolean },
): void {
  writeProvider(context, {
    ...provider,
    seats: isListed ? [...provider.seats, taskId] : provider.seats,
    uncommittedSeats: provider.uncommittedSeats + (isListed ? 1 : 0),
    openSeats: provider.openSeats + 1,
  });
}

/** The member committed in time. */
export function noteCommitment(context: BlockContext, seat: Seat): void {
  if (seat.excused) return;
  const provider = requireProvider(context.state, seat.provider);
  writeProvider(context, { ...provider, uncommittedSeats: provider.uncommittedSeats - 1 });
}

/** A seat that did not do its duty pays its own part, and its operator loses reputation. `change`: what the event says. */
export function chargeSeat(
  context: BlockContext,
  { id: taskId, fee }: TaskRecord,
  { position, seat }: PlacedSeat,
  change: string,
): void {
  chargeAbsence(context, seat.provider, fee);
  context.events.push({ kind: 'seat', taskId, provider: seat.provider, position, change });
}

/** The seat's panel has ended, or the seat is drawn again. */
export function endSeat(context: BlockContext, taskId: string, seat: Seat, end: ObligationEnd): void {
  const provider = requireProvider(context.state, seat.provider);
  const isListed = !seat.excused;
  writeProvider(context, {
    ...provider,
    seats: isListed ? provider.seats.filter((id) => id !== taskId) : provider.seats,
    uncommittedSeats: provider.uncommittedSeats - (isListed && seat.status === SeatStatus.drawn ? 1 : 0),
    openSeats: provider.openSeats - 1,
    tasksCompleted: provider.tasksCompleted + (end.completed === true ? 1n : 0n),
    tasksFailed: provider.tasksFailed + (end.failed === true ? 1n : 0n),
    latencyTotalSeconds: provider.latencyTotalSeconds + BigInt(end.latencySeconds ?? 0),
  });
}
