import { bytesToHex } from '../../bytes/hex.ts';
import { requireProvider } from '../../state/read.ts';
import { type Panel, PanelPhase, type Seat, SeatStatus } from '../../state/records/panel.ts';
import { ProviderStatus } from '../../state/records/provider.ts';
import type { TaskRecord } from '../../state/records/task.ts';
import type { BlockContext } from '../context/block-context.ts';
import { chargeAbsence, penalizeSeat } from '../economy/penalty.ts';
import { type PlacedSeat, readSeats } from './panel-store.ts';
import { endSeat } from './seat-obligation.ts';

/** What became of the seats of a panel, without those of providers that were convicted meanwhile. */
export interface PanelVote {
  readonly seats: readonly PlacedSeat[];
  readonly revealed: readonly PlacedSeat[];
  /** Committed and never revealed. */
  readonly withheld: readonly PlacedSeat[];
  /** Drawn and never committed. */
  readonly absent: readonly PlacedSeat[];
  /** The m or more seats whose outputs are equal, if there are such. */
  readonly majority: readonly PlacedSeat[] | undefined;
}

const isConvicted = (context: BlockContext, { seat }: PlacedSeat): boolean =>
  requireProvider(context.state, seat.provider).status === ProviderStatus.slashed;

/** Seats by equal outputs. */
function groupsOf(revealed: readonly PlacedSeat[]): readonly (readonly PlacedSeat[])[] {
  const groups = new Map<string, PlacedSeat[]>();
  for (const placed of revealed) {
    const output = bytesToHex(placed.seat.outputHash);
    groups.set(output, [...(groups.get(output) ?? []), placed]);
  }
  return [...groups.values()];
}

// m is more than half of n, so at most one group is large enough and the order of the groups decides nothing.
const findMajority = (revealed: readonly PlacedSeat[], m: number): readonly PlacedSeat[] | undefined =>
  groupsOf(revealed).find((group) => group.length >= m);

/**
 * If there is no majority: the seats in the largest groups of at least two, in seat order. An answer that nobody else
 * gave earns nothing, else a seat that answers anything would be paid.
 */
export function largestGroups(revealed: readonly PlacedSeat[]): readonly PlacedSeat[] {
  const groups = groupsOf(revealed);
  const size = Math.max(2, ...groups.map((group) => group.length));
  return groups
    .filter((group) => group.length === size)
    .flat()
    .sort((a, b) => a.position - b.position);
}

/** Sorts the seats of a panel by what they did. */
export function countVotes(context: BlockContext, panel: Panel): PanelVote {
  const seats = readSeats(context, panel);
  const standing = seats.filter((placed) => !isConvicted(context, placed));
  const of = (status: SeatStatus): PlacedSeat[] => standing.filter(({ seat }) => seat.status === status);
  const revealed = of(SeatStatus.revealed);
  return {
    seats,
    revealed,
    withheld: of(SeatStatus.committed),
    absent: of(SeatStatus.drawn),
    majority: findMajority(revealed, panel.m),
  };
}

/** Whether a seat had its time and did not use it. */
const isSilent = (panel: Panel, seat: Seat): boolean =>
  (panel.phase !== PanelPhase.drawing && seat.status === SeatStatus.drawn && !seat.excused) ||
  (panel.phase === PanelPhase.revealing && seat.status === SeatStatus.committed);

/** Ends every seat's obligation. `completed` says which members earned and which failed. */
export function endSeats(
  context: BlockContext,
  task: TaskRecord,
  { panel, vote }: { readonly panel: Panel; readonly vote: PanelVote },
  completed: ReadonlySet<number>,
): void {
  for (const { position, seat } of vote.seats) {
    const end = completed.has(position)
      ? { completed: true, latencySeconds: seat.committedAt - seat.drawnAt }
      : { failed: isSilent(panel, seat) };
    endSeat(context, task.id, seat, end);
  }
}

/**
 * Withholding a reveal costs a penalty, never committing the seat's own part. Neither is held against a seat whose time
 * to do it never came: that of a panel that was not complete, or whose reveals never began.
 */
export function punishSilence(context: BlockContext, task: TaskRecord, panel: Panel, vote: PanelVote): void {
  if (panel.phase === PanelPhase.drawing) return;
  for (const { position, seat } of panel.phase === PanelPhase.revealing ? vote.withheld : []) {
    penalizeSeat(context, seat.provider, task.fee);
    context.events.push({
      kind: 'seat',
      taskId: task.id,
      provider: seat.provider,
      position,
      change: 'withheld',
    });
  }
  for (const { position, seat } of vote.absent) {
    if (seat.excused) continue;
    chargeAbsence(context, seat.provider, task.fee);
    context.events.push({
      kind: 'seat',
      taskId: task.id,
      provider: seat.provider,
      position,
      change: 'absent',
    });
  }
}
