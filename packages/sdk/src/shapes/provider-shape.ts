import {
  type Config,
  type GPUInfo,
  leastFeeAt,
  type Operator,
  type ProviderAttestation,
  type ProviderRecord,
  ProviderStatus,
} from '@aivm/core/state';
import type { z } from 'zod';
import { secondsToTimestamp } from '../encoding/timestamp.ts';
import {
  type gpuInfoSchema,
  PROVIDER_STATE_NAMES,
  type Provider,
  type RewardStats,
} from '../schemas/provider.ts';

type GPUJson = z.output<typeof gpuInfoSchema>;

const BASIS_POINTS = 10_000;

/**
 * The record of a GPU as the Go service's JSON declares it.
 * @example gpuFromJson(gpuToJson(gpu)) // gpu
 */
export const gpuFromJson = (gpu: GPUJson): GPUInfo => ({
  model: gpu.model,
  memoryGb: gpu.memory_gb,
  tflops: gpu.tflops,
  available: gpu.available,
  temperature: gpu.temperature,
  utilization: gpu.utilization,
});

/**
 * The Go service's GPUInfo of a record.
 * @example gpuToJson(gpu).memory_gb // gpu.memoryGb
 */
export const gpuToJson = (gpu: GPUInfo): GPUJson => ({
  model: gpu.model,
  memory_gb: gpu.memoryGb,
  tflops: gpu.tflops,
  available: gpu.available,
  temperature: gpu.temperature,
  utilization: gpu.utilization,
});

function failureRateOf({ tasksCompleted, tasksFailed }: ProviderRecord): number {
  const ended = tasksCompleted + tasksFailed;
  return ended === 0n ? 0 : Number(tasksFailed) / Number(ended);
}

/** What a provider's JSON needs besides its record. */
export interface ProviderSurroundings {
  /** The operator as of now, recovery of its reputation included. */
  readonly operator: Operator;
  readonly config: Config;
  /** The open epoch. */
  readonly epoch: bigint;
  /** What a claim would pay now. */
  readonly claimable: bigint;
  /** Evidence that counts now, or undefined. */
  readonly attestation: ProviderAttestation | undefined;
}

function statusOf(provider: ProviderRecord, config: Config): Provider['status'] {
  return {
    online: provider.status === ProviderStatus.active,
    last_seen: secondsToTimestamp(provider.lastSeenAt),
    uptime: provider.uptime / BASIS_POINTS,
    failure_rate: failureRateOf(provider),
    current_tasks: provider.assigned.length,
    max_tasks: Math.min(config.maxTasksPerProvider, Math.max(1, 2 * provider.gpus.length)),
  };
}

/**
 * The Go service's Provider of a provider record.
 * @example providerToShape(provider, { operator, config, epoch: 0n, claimable: 0n, attestation: undefined }).id // 'p-1'
 */
export function providerToShape(provider: ProviderRecord, around: ProviderSurroundings): Provider {
  const state = PROVIDER_STATE_NAMES[provider.status];
  if (state === undefined)
    throw new RangeError(`provider "${provider.id}": no name for status ${provider.status}`);
  return {
    id: provider.id,
    wallet_address: provider.wallet,
    endpoint: provider.endpoint,
    gpus: provider.gpus.map(gpuToJson),
    status: statusOf(provider, around.config),
    reputation: around.operator.reputation / 100,
    tasks_handled: provider.tasksCompleted,
    joined_at: secondsToTimestamp(provider.joinedAt),
    operator: provider.operator,
    state,
    slashed: provider.status === ProviderStatus.slashed,
    bond: provider.bond,
    reserved: provider.reserved,
    ...(provider.withdrawableAtHeight === 0 ? {} : { withdrawable_at_height: provider.withdrawableAtHeight }),
    least_fee: leastFeeAt(provider, around.epoch),
    next_least_fee: provider.leastFee.next,
    models: provider.serves.filter((model) => model !== ''),
    assigned: [...provider.assigned, ...provider.seats],
    open_results: provider.openResults,
    tasks_failed: provider.tasksFailed,
    fees_earned: provider.feesEarned,
    rewards_claimable: around.claimable,
    rewards_claimed: provider.rewardsClaimed,
    attested: around.attestation !== undefined,
    trust_score: around.attestation?.score ?? 0,
  };
}

/**
 * The Go service's reward statistics of a provider.
 * @example rewardStatsToShape(provider, { claimable: 5n, pending: 0n, claimed: 0n }).provider_id // 'p-1'
 */
export function rewardStatsToShape(
  provider: ProviderRecord,
  rewards: { readonly claimable: bigint; readonly pending: bigint; readonly claimed: bigint },
): RewardStats {
  const completed = Number(provider.tasksCompleted);
  return {
    provider_id: provider.id,
    tasks_completed: provider.tasksCompleted,
    total_rewards: rewards.claimed + rewards.claimable,
    pending_rewards: rewards.claimable,
    uptime: provider.uptime / BASIS_POINTS,
    avg_latency_ms: completed === 0 ? 0 : (Number(provider.latencyTotalSeconds) * 1_000) / completed,
    slashed: provider.status === ProviderStatus.slashed,
    open_epoch_rewards: rewards.pending,
  };
}
