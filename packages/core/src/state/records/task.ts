import { ZERO_32 } from '../../bytes/bytes.ts';
import type { CodecValue } from '../../bytes/codec/codec.ts';
import { list, struct } from '../../bytes/codec/composites.ts';
import {
  address,
  bool,
  bytes32,
  height,
  text,
  u8,
  u16,
  u32,
  u64,
  u128,
} from '../../bytes/codec/primitives.ts';
import { LIMITS } from '../limits.ts';

/** The Go service's task states. */
export const TaskStatus = { pending: 0, assigned: 1, processing: 2, completed: 3, failed: 4 } as const;
export type TaskStatus = (typeof TaskStatus)[keyof typeof TaskStatus];
export const TASK_STATUS_NAMES = ['pending', 'assigned', 'processing', 'completed', 'failed'] as const;

/** How far the judgement of a task's result is. */
export const Settlement = {
  open: 0,
  posted: 1,
  final: 2,
  void: 3,
  /** Seats of a redundant task are drawn and commit. */
  committing: 4,
  revealing: 5,
  /** A committee or a game judges a challenge; the result waits. */
  disputed: 6,
} as const;
export type Settlement = (typeof Settlement)[keyof typeof Settlement];
export const SETTLEMENT_NAMES = [
  'open',
  'posted',
  'final',
  'void',
  'committing',
  'revealing',
  'disputed',
] as const;

/** Why a pending task still waits. */
export const WaitReason = {
  none: 0,
  /** Nobody could be drawn. */
  noProvider: 1,
  /** No slot was free for the timers of its next step. */
  timersFull: 2,
  /** The block's draws were used up before all candidates were seen; a later block goes on. */
  drawsSpent: 3,
  /** So many seats of its model's lists are open that no other panel begins. */
  seatsTaken: 4,
} as const;
export type WaitReason = (typeof WaitReason)[keyof typeof WaitReason];
export const WAIT_REASON_NAMES = ['', 'no_provider', 'timers_full', 'draws_spent', 'seats_taken'] as const;

/** What kinds of work a task may ask for. */
export const TASK_TYPES = ['inference', 'training', 'embedding', 'mining'] as const;

/** How results are verified. */
export const ModeOptimistic = 0;
export const ModeMultiPartyRedundant = 1;
export const ModeTEEAttested = 2;
export type VerificationMode =
  | typeof ModeOptimistic
  | typeof ModeMultiPartyRedundant
  | typeof ModeTEEAttested;

/** Where a timer of this task stands, so that it can be taken back; height 0 = none. */
export const timerSlotCodec = struct('TimerSlot', { height, index: u32 });
export type TimerSlot = CodecValue<typeof timerSlotCodec>;
export const NO_TIMER: TimerSlot = { height: 0, index: 0 };

/**
 * A draw that a block could not end: a later one goes on with the seed of the block in which it began, so that nobody
 * gains another seed by making draws long.
 */
export const drawCodec = struct('Draw', {
  /** Zero where no draw is under way. */
  seed: bytes32,
  /** Providers looked at so far. */
  draws: u32,
});
export type Draw = CodecValue<typeof drawCodec>;
export const NO_DRAW: Draw = { seed: ZERO_32, draws: 0 };

export const taskCodec = struct('Task', {
  id: text(LIMITS.idBytesMax),
  type: text(LIMITS.idBytesMax),
  model: text(LIMITS.idBytesMax),
  requester: address,
  fee: u64,
  mode: u8,
  /** Equal outputs that a redundant task needs, out of n seats; both 0 in the other modes. */
  m: u8,
  n: u8,
  /** Copied at submission: later updates of the model do not touch an open task. */
  modelRoot: bytes32,
  weightHash: bytes32,
  modelVersion: u64,
  checkClass: u8,
  /** Whether a wrong answer can be proven or outvoted, by what was there at the submission. */
  verifiable: bool,
  inputHash: bytes32,
  inputBytes: u32,
  /** New tokens that a decoder may post at most; 0 for every other model. */
  maxNew: u32,
  /** Work of the longest answer that the task admits; 0 where a class has no measure of work. */
  maxWork: u64,
  /** Work of the posted answer; 0 before. */
  work: u64,
  status: u8,
  settlement: u8,
  waitReason: u8,
  /** Attempts begun: 0 before the first assignment. */
  attempt: u8,
  /** Panels begun for it: the number of the last one. */
  panels: u16,
  /** Attempts that ended with a provider's error. */
  errors: u8,
  /** Operators that were drawn before, those of absent seats included; they are not drawn again. */
  pastOperators: list(address, LIMITS.pastOperatorsMax),
  /** Of its provider, or of the first seat of its panel. */
  draw: drawCodec,
  /** Id of the drawn provider; empty while nobody is. */
  assignedTo: text(LIMITS.idBytesMax),
  /** What this obligation holds of the provider's bond. */
  reservation: u128,
  /** What the requester paid that is neither burned nor paid out. */
  escrow: u128,
  /** Burned for this task so far: its receipt can earn no more than that. */
  burned: u128,
  createdAtHeight: height,
  createdAt: height,
  assignedAtHeight: height,
  assignedAt: height,
  postedAtHeight: height,
  postedAt: height,
  /** Where a provider must have answered by; 0 while not assigned. */
  timeoutHeight: height,
  /** Past this height a task is not drawn again. */
  deadlineHeight: height,
  /** The window's end: challenges are possible below it, the result is final in the block of it. 0 before a result. */
  finalAtHeight: height,
  /** Block of the terminal outcome; 0 before. */
  endedAtHeight: height,
  endedAt: height,
  deadlineTimer: timerSlotCodec,
  stepTimer: timerSlotCodec,
  /** Reserved while a provider works, so that its result can always be posted: the latest end of its window. */
  windowTimer: timerSlotCodec,
  outputHash: bytes32,
  computeTimeMs: u64,
  /** Whether the requester need not wait: the result is final, or an attested environment vouches for it. */
  usable: bool,
  /** Index of the receipt plus 1; 0 while there is none. */
  receiptNumber: height,
  /** Why the task failed, or the last attempt did. */
  error: text(LIMITS.errorBytesMax),
});

export type TaskRecord = CodecValue<typeof taskCodec>;
