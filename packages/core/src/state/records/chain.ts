import type { CodecValue } from '../../bytes/codec/codec.ts';
import { struct } from '../../bytes/codec/composites.ts';
import { bytes32, height, text, u32, u64, u128 } from '../../bytes/codec/primitives.ts';
import { LIMITS } from '../limits.ts';

/** The few facts that belong to the chain as a whole. */
export const chainCodec = struct('Chain', {
  chainId: u64,
  /** Hash of the genesis parameters, so that the state root commits to them. */
  genesisHash: bytes32,
  /** What the draws of the last block were made of: see `seedAfter`. The genesis hash at first. */
  seed: bytes32,
  /** Money that left the supply for ever, and money that entered it after genesis. */
  burned: u128,
  minted: u128,
  genesisSupply: u128,
  /** The queue of pending tasks: a doubly linked list; empty text = none. */
  queueHead: text(LIMITS.idBytesMax),
  queueTail: text(LIMITS.idBytesMax),
  /** Where the next block's assignment goes on. */
  queueCursor: text(LIMITS.idBytesMax),
  queueCount: u32,
  /** Panels whose seats are being drawn, apart from the tasks that wait: a list of its own. */
  drawHead: text(LIMITS.idBytesMax),
  drawTail: text(LIMITS.idBytesMax),
  drawCursor: text(LIMITS.idBytesMax),
  drawCount: u32,
  /** Timers scheduled and neither run nor taken back. */
  timersPending: u32,
  providerCount: u32,
  providersActive: u32,
  modelCount: u32,
  tasksOpen: u64,
  tasksCompleted: u64,
  tasksFailed: u64,
  /** Epochs are periods of block time; a reward belongs to the epoch in which its receipt was written. */
  epoch: u64,
  epochStartedAt: height,
  epochStartedAtHeight: height,
  /** Unscaled rewards and receipts of the open epoch. */
  epochReward: u128,
  epochReceipts: u64,
  /** Rewards of closed epochs that nobody claimed yet. */
  rewardsUnclaimed: u128,
  /** What the kernels' last transition committed to; zero before the first. */
  aivmStateRoot: bytes32,
  /** Slots of the kernels' tables; 0 before the first operation. Those of anchors belong to the open epoch. */
  attestationSlots: u32,
  modelSlots: u32,
  anchorSlots: u32,
  /** Slots that hold something, expired attestations included. */
  attestationEntries: u32,
  modelEntries: u32,
  /** Attestations that were applied since the last transition counted those that are live. */
  attestationsApplied: u32,
  /** Operations that wait for the kernels: the number of the oldest, and how many there are for each table. */
  kernelOpsFirst: height,
  attestationOps: u32,
  modelOps: u32,
  anchorOps: u32,
  /** Anchors made so far, and the commit root of the last one. */
  anchorCount: u64,
  anchorCommit: bytes32,
  /** Blocks so far in which disputes were so many that the clocks of games stood. */
  stood: height,
  /** Results with open games: each has one timer. */
  trialsOpen: u32,
});

export type Chain = CodecValue<typeof chainCodec>;

/** How a closed epoch's rewards were scaled: a provider's share is floor(reward × paid / total). */
export const epochCodec = struct('Epoch', {
  epoch: u64,
  startedAt: height,
  endedAt: height,
  endedAtHeight: height,
  receipts: u64,
  /** Sum of unscaled rewards. */
  total: u128,
  /** What the epoch pays at most. */
  paid: u128,
  /** Rewards of providers whose share was taken out of the epoch, and what those shares were; the rest is dust. */
  foldedTotal: u128,
  foldedPaid: u128,
  /** Due heartbeats in the epoch. */
  heartbeatsDue: u32,
});

export type Epoch = CodecValue<typeof epochCodec>;
