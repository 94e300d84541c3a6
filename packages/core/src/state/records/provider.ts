import type { CodecValue } from '../../bytes/codec/codec.ts';
import { list, struct } from '../../bytes/codec/composites.ts';
import { lasting } from '../../bytes/codec/lasting.ts';
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
import { gpuInfoCodec } from './gpu-info.ts';

/** Where a provider is in its life. */
export const ProviderStatus = { active: 0, unbonding: 1, slashed: 2, withdrawn: 3 } as const;
export type ProviderStatus = (typeof ProviderStatus)[keyof typeof ProviderStatus];

/** A network and the weights that a provider holds for it: another network over the same blob is another one. */
const holdingCodec = struct('Holding', { modelRoot: bytes32, weightHash: bytes32 });

export type Holding = CodecValue<typeof holdingCodec>;

/** A price that changes with an epoch: `next` from `fromEpoch` on, `now` before it. */
const leastFeeCodec = struct('LeastFee', { now: u64, next: u64, fromEpoch: u64 });

export const providerCodec = struct('Provider', {
  id: text(LIMITS.idBytesMax),
  /** The only address that may act for the provider. */
  operator: address,
  /** Where fees and rewards go. */
  wallet: address,
  endpoint: text(LIMITS.endpointBytesMax),
  gpus: lasting(list(gpuInfoCodec, LIMITS.gpusMax)),
  /** Models that it serves; the empty id alone where it serves all that name no providers of their own. */
  serves: lasting(list(text(LIMITS.idBytesMax), LIMITS.modelsPerProviderMax)),
  /** Whether it stands in the lists of those models and of the blobs that it holds. */
  listed: bool,
  status: u8,
  /** Tasks of a smaller fee are not assigned to it. */
  leastFee: leastFeeCodec,
  bond: u128,
  /** The part of the bond that unsettled obligations hold. */
  reserved: u128,
  /** Height from which the bond may leave; 0 while not unbonding. */
  withdrawableAtHeight: height,
  /** Ids of the tasks it was drawn for and has not answered. */
  assigned: lasting(list(text(LIMITS.idBytesMax), LIMITS.assignmentsPerProviderMax)),
  /** Ids of the tasks on whose panels it holds a seat that counts; excused seats are not listed. */
  seats: lasting(list(text(LIMITS.idBytesMax), LIMITS.seatsPerProviderMax)),
  /** Those of them that have not committed. */
  uncommittedSeats: u32,
  /** All seats whose panels have not ended, excused ones included: the bond stays while there are any. */
  openSeats: u32,
  /** Results posted and not settled. */
  openResults: u32,
  /** Most work of assigned tasks and open results. */
  openWork: u64,
  /** Where the time for its last due commitment to a trace began: the next one follows. */
  commitDue: height,
  /** Networks that it says to run, each with the blob that it holds for it. */
  holds: lasting(list(holdingCodec, LIMITS.heldModelsMax)),
  tasksCompleted: u64,
  tasksFailed: u64,
  /** Block-time seconds between assignment and result, summed over completed tasks. */
  latencyTotalSeconds: u64,
  /** Everything that fees paid to the wallet. */
  feesEarned: u128,
  /** Rewards of closed epochs, not claimed yet. */
  rewardsClaimable: u128,
  /** Rewards claimed over the provider's life. */
  rewardsClaimed: u128,
  /** The epoch that `epochReward` belongs to; folded into `rewardsClaimable` when a later epoch touches it. */
  rewardEpoch: u64,
  epochReward: u128,
  /** Heartbeats in the epoch `heartbeatEpoch`. */
  heartbeatEpoch: u64,
  heartbeats: u32,
  heartbeatHeight: height,
  /** Basis points of the last closed epoch's due heartbeats that came. */
  uptime: u16,
  joinedAtHeight: height,
  /** Block time, seconds. */
  joinedAt: height,
  lastSeenAt: height,
});

export type ProviderRecord = CodecValue<typeof providerCodec>;

/** The least fee for which a provider takes a task alone in this epoch. */
export const leastFeeAt = ({ leastFee }: Pick<ProviderRecord, 'leastFee'>, epoch: bigint): bigint =>
  epoch >= leastFee.fromEpoch ? leastFee.next : leastFee.now;
