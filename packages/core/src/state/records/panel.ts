import type { CodecValue } from '../../bytes/codec/codec.ts';
import { struct } from '../../bytes/codec/composites.ts';
import { address, bool, bytes32, height, text, u8, u16, u64, u128 } from '../../bytes/codec/primitives.ts';
import { LIMITS } from '../limits.ts';
import { timerSlotCodec } from './task.ts';

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
  drawn: u8,
  committed: u8,
  revealed: u8,
  /** Commitments are possible below it; 0 while seats are being drawn. */
  commitDeadline: height,
  /** Reveals are possible below it; 0 before they begin. */
  revealDeadline: height,
  commitTimer: timerSlotCodec,
  revealTimer: timerSlotCodec,
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
  /** Drawn although the member held as many open seats as it may: its absence is not held against it. */
  excused: bool,
  status: u8,
  drawnAtHeight: height,
  drawnAt: height,
  /** See `hashCommitment`; zero before. */
  commitment: bytes32,
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
