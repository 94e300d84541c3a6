import { LIMITS } from '../../state/limits.ts';
import { requireProvider } from '../../state/read.ts';
import type { Seat } from '../../state/records/panel.ts';
import { SeatStatus } from '../../state/records/panel.ts';
import type { ProviderRecord } from '../../state/records/provider.ts';
import { type BlockContext, writeProvider } from '../context/block-context.ts';
import type { ObligationEnd } from '../tasks/obligations.ts';

/**
 * Whether a member's absence from a further seat is excused: it holds as many as it may. The draw does not move for
 * that: a seat that avoided busy members could be steered by keeping honest ones busy.
 */
export const isOverloaded = ({ params }: BlockContext, provider: ProviderRecord): boolean =>
  provider.uncommittedSeats >= params.maxOpenSeats || provider.seats.length >= LIMITS.seatsPerProviderMax;

/** Notes a seat in its member's record. A seat reserves nothing of the bond and counts as no assignment. */
export function takeSeat(context: BlockContext, provider: ProviderRecord, taskId: string): void {
  writeProvider(context, {
    ...provider,
    seats: [...provider.seats, taskId],
    uncommittedSeats: provider.uncommittedSeats + 1,
  });
}

/** The member committed in time. */
export function noteCommitment(context: BlockContext, seat: Seat): void {
  if (seat.excused) return;
  const provider = requireProvider(context.state, seat.provider);
  writeProvider(context, { ...provider, uncommittedSeats: provider.uncommittedSeats - 1 });
}

/** The seat's panel has ended. */
export function endSeat(context: BlockContext, taskId: string, seat: Seat, end: ObligationEnd): void {
  const provider = requireProvider(context.state, seat.provider);
  const isListed = !seat.excused;
  writeProvider(context, {
    ...provider,
    seats: isListed ? provider.seats.filter((id) => id !== taskId) : provider.seats,
    uncommittedSeats: provider.uncommittedSeats - (isListed && seat.status === SeatStatus.drawn ? 1 : 0),
    tasksCompleted: provider.tasksCompleted + (end.completed === true ? 1n : 0n),
    tasksFailed: provider.tasksFailed + (end.failed === true ? 1n : 0n),
    latencyTotalSeconds: provider.latencyTotalSeconds + BigInt(end.latencySeconds ?? 0),
  });
}
