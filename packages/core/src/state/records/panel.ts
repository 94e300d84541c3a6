import type { CodecValue } from '../../bytes/codec/codec.ts';
import { struct } from '../../bytes/codec/composites.ts';
import { address, bool, bytes32, height, text, u8, u16, u64, u128 } from '../../bytes/codec/primitives.ts';
import { LIMITS } from '../limits.ts';
import { drawCodec, timerSlotCodec } from './task.ts';

/** What a panel of several providers is asked. */
export const PanelKind = {
  /** To do a redundant task. */
  redundant: 0,
  /** To judge a challenged result of an opaque model by doing the task again. */
  committee: 1,
} as const;
export type PanelKind = (typeof PanelKind)[keyof typeof PanelKind];

/** Where a panel is. Seats may commit while others are still drawn; nobody reveals before everybody's time to commit is over. */
export const PanelPhase = { drawing: 0, committing: 1, revealing: 2 } as const;
export type PanelPhase = (typeof PanelPhase)[keyof typeof PanelPhase];

/** Most seats of a panel. */
export const SEATS_MAX = 15;

/**
 * Where the timers of a panel stand, or of one that may still have to follow; each is reserved from the panel's beginning on,
 * so that no step finds the heights of the next one full.
 */
const panelTimersCodec = struct('PanelTimers', {
  draw: timerSlotCodec,
  commit: timerSlotCodec,
  /** The same two for the second round, of a panel in the first one. */
  redraw: timerSlotCodec,
  recommit: timerSlotCodec,
  reveal: timerSlotCodec,
});

export type PanelTimers = CodecValue<typeof panelTimersCodec>;

/** Several providers that do one task under commit–reveal. A task has at most one panel at a time. */
export const panelCodec = struct('Panel', {
  taskId: text(LIMITS.idBytesMax),
  kind: u8,
  /** Its number among the panels of its task, from 1. */
  number: u16,
  /** The round of its draw: 0, or 1 where absent seats were drawn once more. */
  round: u8,
  phase: u8,
  /** Equal outputs that decide, out of `n` seats. */
  m: u8,
  n: u8,
  /** How many of the n fall to providers that serve all, by the sizes of the lists when it was made; the others to those that name the model. */
  ofAll: u8,
  /** Seats that somebody holds, and those of them that have committed and revealed. */
  drawn: u8,
  committed: u8,
  revealed: u8,
  /** Where the last seat of this round was drawn; 0 before the first. */
  lastDrawnAtHeight: height,
  /** Where the m-th commitment came; 0 before it. */
  decisiveAtHeight: height,
  /** Commitments are possible below it; 0 while seats are being drawn. */
  commitDeadline: height,
  /** Reveals are possible below it; 0 before they begin. */
  revealDeadline: height,
  timers: panelTimersCodec,
  draw: drawCodec,
});

export type Panel = CodecValue<typeof panelCodec>;

/** What a seat may say. */
export const Vote = {
  output: 0,
  /** The output is longer than a chain takes. */
  tooLong: 1,
  cannotRun: 2,
} as const;
export type Vote = (typeof Vote)[keyof typeof Vote];

/** How far one member of a panel is. */
export const SeatStatus = { drawn: 0, committed: 1, revealed: 2 } as const;
export type SeatStatus = (typeof SeatStatus)[keyof typeof SeatStatus];

export const seatCodec = struct('Seat', {
  provider: text(LIMITS.idBytesMax),
  operator: address,
  /** The round in which it was drawn, which its commitment names. */
  round: u8,
  /** Drawn although the member held as many open seats as it may: its absence is not held against it. */
  excused: bool,
  status: u8,
  drawnAtHeight: height,
  drawnAt: height,
  /** See `hashCommitment`; zero before. */
  commitment: bytes32,
  /** What it revealed, one of {@link Vote}, and the hash by which votes are compared. */
  vote: u8,
  outputHash: bytes32,
  computeTimeMs: u64,
  committedAtHeight: height,
  committedAt: height,
});

export type Seat = CodecValue<typeof seatCodec>;

/** A challenge that a committee judges. */
export const disputeCodec = struct('Dispute', {
  taskId: text(LIMITS.idBytesMax),
  challenger: address,
  /** Hash of the output that the challenger holds right. */
  claimedHash: bytes32,
  bond: u128,
  /** What the challenger paid in for the committee. */
  prepaid: u128,
  openedAtHeight: height,
});

export type Dispute = CodecValue<typeof disputeCodec>;
