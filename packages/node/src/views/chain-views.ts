import { providerRewards } from '@aivm/core/execute';
import { listModels, listProviders, readChain, requireProvider } from '@aivm/core/state';
import {
  type ModelInfo,
  modelToShape,
  type Provider,
  type RewardStats,
  rewardStatsToShape,
  type Stats,
} from '@aivm/sdk';
import type { NodeApi } from '../local/node-api.ts';
import { showProvider } from './record-views.ts';

/** All providers in the Go service's shape, by registration. */
export const readProviders = (api: NodeApi): readonly Provider[] =>
  listProviders(api.state()).map((record) => showProvider(api, record));

/** All models in the Go service's shape, by registration. */
export const readModels = (api: NodeApi): readonly ModelInfo[] => listModels(api.state()).map(modelToShape);

/** The reward statistics of a provider. @throws AivmError `provider_not_found`. */
export function readRewardStats(api: NodeApi, providerId: string): RewardStats {
  const state = api.state();
  const record = requireProvider(state, providerId);
  return rewardStatsToShape(record, providerRewards(state, record));
}

/** The chain in numbers. */
export function readStats(api: NodeApi): Stats {
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
