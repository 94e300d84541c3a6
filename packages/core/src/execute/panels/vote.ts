import { bytesToHex } from '../../bytes/hex.ts';
import { type Panel, PanelPhase, type Seat, SeatStatus, Vote } from '../../state/records/panel.ts';
import type { TaskRecord } from '../../state/records/task.ts';
import type { BlockContext } from '../context/block-context.ts';
import { penalizeSeat } from '../economy/penalty.ts';
import { type PlacedSeat, readSeats } from './panel-store.ts';
import { chargeSeat, endSeat, isConvictedSeat } from './seat-obligation.ts';

/** What became of the seats of a panel, without those of providers that were convicted meanwhile. */
export interface PanelVote {
  readonly seats: readonly PlacedSeat[];
  /** Showed an output. */
  readonly revealed: readonly PlacedSeat[];
  /** Showed why there is none. */
  readonly errors: readonly PlacedSeat[];
  /** Committed and never revealed. */
  readonly withheld: readonly PlacedSeat[];
  /** Drawn and never committed. */
  readonly absent: readonly PlacedSeat[];
  /** The m or more seats that said the same, an output or an error, if there are such. */
  readonly majority: readonly PlacedSeat[] | undefined;
}

/** Seats by what they said. */
function groupsOf(revealed: readonly PlacedSeat[]): readonly (readonly PlacedSeat[])[] {
  const groups = new Map<string, PlacedSeat[]>();
  for (const placed of revealed) {
    const output = bytesToHex(placed.seat.outputHash);
    groups.set(output, [...(groups.get(output) ?? []), placed]);
  }
  return [...groups.values()];
}

// m is more than half of n, so at most one group is large enough and the order of the groups decides nothing.
const findMajority = (shown: readonly PlacedSeat[], m: number): readonly PlacedSeat[] | undefined =>
  groupsOf(shown).find((group) => group.length >= m);

/** The error that a majority says; undefined where it agrees on an output, or there is none. */
export function errorOf({ majority }: PanelVote): 'too_long' | 'cannot_run' | undefined {
  const vote = majority?.[0]?.seat.vote ?? Vote.output;
  if (vote === Vote.output) return undefined;
  return vote === Vote.tooLong ? 'too_long' : 'cannot_run';
}

/**
 * If there is no majority: the seats in the largest groups of at least two with equal outputs, in seat order. An answer that
 * nobody else gave earns nothing, else a seat that answers anything would be paid; nor does an error, which costs no work.
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
  const standing = seats.filter(({ seat }) => !isConvictedSeat(context, seat));
  const of = (status: SeatStatus): PlacedSeat[] => standing.filter(({ seat }) => seat.status === status);
  const shown = of(SeatStatus.revealed);
  return {
    seats,
    revealed: shown.filter(({ seat }) => seat.vote === Vote.output),
    errors: shown.filter(({ seat }) => seat.vote !== Vote.output),
    withheld: of(SeatStatus.committed),
    absent: of(SeatStatus.drawn),
    majority: findMajority(shown, panel.m),
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
 * Withholding a reveal costs a penalty, never committing the seat's own part; so does an error that is not the majority's:
 * it is as good as an absence. Neither is held against a seat whose time to do it never came: that of a panel whose reveals
 * never began.
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
  for (const placed of vote.absent) if (!placed.seat.excused) chargeSeat(context, task, placed, 'absent');
  for (const placed of vote.errors) {
    if (vote.majority?.includes(placed) !== true) chargeSeat(context, task, placed, 'error');
  }
}
