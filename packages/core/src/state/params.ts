import type { CodecValue } from '../bytes/codec/codec.ts';
import { struct } from '../bytes/codec/composites.ts';
import { bool, height, u32, u64, u128 } from '../bytes/codec/primitives.ts';

/** Genesis parameters: what protocol rules leave to the chain. Never changed after genesis. */
export const paramsCodec = struct('Parameters', {
  /** Least block-time distance that a host keeps; the Go service's durations become blocks by it. Milliseconds. */
  minBlockIntervalMs: u32,
  /** How far a block's time may be ahead of a validator's clock, milliseconds. */
  maxSkewMs: u32,
  /** Burned per unit of work. */
  workPrice: u64,
  maxBlockWork: u32,
  maxBlockBytes: u32,
  maxBlockTransactions: u32,
  /** Least fee of a task. */
  feeFloor: u64,
  /** Least that a seat of a panel or a committee is paid, whatever the task's fee. */
  seatFee: u64,
  /** Part of what a provider is paid that is burned, basis points. */
  feeBurnBasisPoints: u32,
  maxInputBytes: u32,
  maxOutputBytes: u32,
  /** A result reserves this multiple of its task's fee, or more where a committee may judge it. */
  liabilityMultiple: u32,
  /** A penalty burns this multiple of the part that the provider is paid, as far as the bond reaches. */
  penaltyMultiple: u32,
  /** Blocks that a panel has to reveal. */
  revealBlocks: u32,
  maxOpenResults: u32,
  /** Uncommitted seats of a provider; a seat beyond them is drawn all the same, and its absence is excused. */
  maxOpenSeats: u32,
  /** Blocks that the others of a panel have after the m-th commitment, beside twice those that it took. */
  commitGraceBlocks: u32,
  /** Blocks that drawing a panel may take beside one for each seat; then the seats that are left are absent. */
  drawSlackBlocks: u32,
  maxAttempts: u32,
  /** Below it an operator is not drawn, basis points. */
  minReputation: u32,
  heartbeatBlocks: u32,
  unbondBlocks: height,
  modelDeposit: u128,
  /** Least bond of a challenge. */
  challengeBond: u64,
  /** Part of a forfeit that the convicting challenger receives, basis points. */
  challengerShareBasisPoints: u32,
  defaultDeadlineBlocks: u32,
  maxDeadlineBlocks: u32,
  timerSlots: u32,
  maxAssignmentsPerBlock: u32,
  assignmentTriesPerBlock: u32,
  epochRewardCap: u128,
  /** Minted per epoch on top of what tasks burned; any subsidy can be farmed. */
  rewardSubsidy: u128,
  /** Least fee of an int8-graph task for each unit of its most work. */
  workUnitPrice: u64,
  /** Work that a provider is expected to do in a block; deadlines and windows grow by it. */
  workPerBlock: u64,
  /** Most work of a provider's assignments and open results together. */
  maxOpenWork: u64,
  /** Deposit for each byte of a network's blob. */
  blobPrice: u64,
  /** Blocks of a move of a game about a trace. */
  moveBlocks: u32,
  /** Blocks that a player may be late by in all of a game, beside those that its work takes. */
  reserveBlocks: u32,
  /** Most bytes of leaves and hashes that the deciding move of a game opens. */
  maxWitnessBytes: u32,
  /** Timers of disputes that one height carries, beside `timerSlots`. */
  disputeTimerSlots: u32,
  /** Operations that wait for the kernels' tables which one block applies. */
  kernelOpsPerBlock: u32,
  /** How old a block may be whose id chooses the leaf that a holder opens. */
  holdNonceBlocks: u32,
  /** Most blobs that a provider says to hold. */
  maxHeldModels: u32,
  /** Most bytes of an int8-graph task's input. */
  maxGraphInputBytes: u32,
  /** Development chains are warned where others are refused. */
  development: bool,
});

export type Params = CodecValue<typeof paramsCodec>;

export const DEFAULT_PARAMS: Params = {
  minBlockIntervalMs: 3_000,
  maxSkewMs: 10_000,
  workPrice: 1_000n,
  maxBlockWork: 2_000_000,
  maxBlockBytes: 2 * 1024 * 1024,
  maxBlockTransactions: 10_000,
  feeFloor: 1_000_000n,
  seatFee: 100_000_000n,
  feeBurnBasisPoints: 1_000,
  maxInputBytes: 65_536,
  maxOutputBytes: 65_536,
  liabilityMultiple: 20,
  penaltyMultiple: 10,
  revealBlocks: 20,
  maxOpenResults: 1_000,
  maxOpenSeats: 32,
  commitGraceBlocks: 10,
  drawSlackBlocks: 64,
  maxAttempts: 3,
  minReputation: 1_000,
  heartbeatBlocks: 20,
  unbondBlocks: 30_000,
  modelDeposit: 10n ** 15n,
  challengeBond: 10n ** 16n,
  challengerShareBasisPoints: 1_000,
  defaultDeadlineBlocks: 1_000,
  maxDeadlineBlocks: 10_000,
  timerSlots: 1_024,
  maxAssignmentsPerBlock: 256,
  assignmentTriesPerBlock: 1_024,
  epochRewardCap: 10n ** 13n,
  rewardSubsidy: 0n,
  workUnitPrice: 1n,
  workPerBlock: 15_000_000_000n,
  maxOpenWork: 30_000_000_000_000n,
  blobPrice: 1_000_000n,
  moveBlocks: 20,
  reserveBlocks: 400,
  maxWitnessBytes: 40_960,
  disputeTimerSlots: 256,
  kernelOpsPerBlock: 256,
  holdNonceBlocks: 64,
  maxHeldModels: 64,
  maxGraphInputBytes: 262_144,
  development: false,
};
