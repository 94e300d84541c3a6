import { providerRewards, recoveredOperator } from '@aivm/core/execute';
import {
  isUsable,
  listModels,
  listProviders,
  liveAttestation,
  type ProviderRecord,
  readChain,
  readTaskInput,
  readTaskOutput,
  requireProvider,
  requireTask,
} from '@aivm/core/state';
import {
  type ModelInfo,
  modelToJson,
  type Provider,
  providerToJson,
  type RewardStats,
  rewardStatsToJson,
  type Stats,
  type Task,
  taskToJson,
} from '@aivm/sdk';
import type { NodeApi } from '../local/node-api.ts';

type ReadApi = Pick<NodeApi, 'state' | 'config' | 'lastAccepted'>;

function showProvider(api: ReadApi, record: ProviderRecord): Provider {
  const state = api.state();
  return providerToJson(record, {
    operator: recoveredOperator(state, record.operator),
    config: api.config,
    claimable: providerRewards(state, record).claimable,
    attestation: liveAttestation(state, record.id, api.lastAccepted().header.timestamp),
  });
}

/** All providers in the Go service's shape, by registration. */
export const readProviders = (api: ReadApi): readonly Provider[] =>
  listProviders(api.state()).map((record) => showProvider(api, record));

/** All models in the Go service's shape, by registration. */
export const readModels = (api: ReadApi): readonly ModelInfo[] => listModels(api.state()).map(modelToJson);

/** A task in the Go service's shape. @throws AivmError `task_not_found`. */
export function readTaskShape(api: ReadApi, id: string): Task {
  const state = api.state();
  const task = requireTask(state, id);
  const input = readTaskInput(state, id) ?? new Uint8Array(0);
  return taskToJson(task, { input, output: readTaskOutput(state, id), usable: isUsable(state, task) });
}

/** The reward statistics of a provider. @throws AivmError `provider_not_found`. */
export function readRewardStats(api: ReadApi, providerId: string): RewardStats {
  const state = api.state();
  const record = requireProvider(state, providerId);
  return rewardStatsToJson(record, providerRewards(state, record));
}

/** The chain in numbers. */
export function readStats(api: ReadApi): Stats {
  const chain = readChain(api.state());
  const { header } = api.lastAccepted();
  return {
    tasks_pending: chain.queueCount,
    tasks_completed: chain.tasksCompleted,
    tasks_failed: chain.tasksFailed,
    providers_total: chain.providerCount,
    providers_active: chain.providersActive,
    models_available: chain.modelCount,
    total_minted: chain.minted,
    epoch_rewards: chain.epochReward,
    receipts_processed: header.receiptCount,
    tasks_open: chain.tasksOpen,
    height: header.height,
    epoch: chain.epoch,
    total_burned: chain.burned,
    rewards_unclaimed: chain.rewardsUnclaimed,
    timers_pending: chain.timersPending,
  };
}
