import { assert } from '../../errors/aivm-error.ts';
import { stateKeys } from '../../state/keys.ts';
import { readChain, readEpoch, requireProvider } from '../../state/read.ts';
import { liveAttestation } from '../../state/read-attestation.ts';
import { type Epoch, epochCodec } from '../../state/records/chain.ts';
import type { ProviderRecord } from '../../state/records/provider.ts';
import type { StateReader } from '../../state/state-view.ts';
import { type BlockContext, updateChain, writeProvider } from '../context/block-context.ts';
import { epochSeconds } from '../context/durations.ts';
import { hardwareBonus } from './hardware-bonus.ts';
import { minBigint } from './money.ts';
import { lastEpochUptime } from './uptime.ts';

/** Percent points of a reward: what everybody gets, and what is added. */
const WEIGHT = { base: 100n, uptime: 10n, speed: 5n, whole: 135n } as const;
/** Uptime from which it is rewarded, basis points. */
const UPTIME_REWARDED = 9_990;

/** A provider's share of a closed epoch: floor(reward × paid / total). */
const shareOf = (epoch: Epoch, reward: bigint): bigint =>
  epoch.total === 0n ? 0n : (reward * epoch.paid) / epoch.total;

/**
 * Moves the rewards of a closed epoch to what can be claimed. When the last provider's share was taken out, what
 * flooring left over is burned.
 */
function foldRewards(context: BlockContext, provider: ProviderRecord): ProviderRecord {
  const { epoch: open } = readChain(context.state);
  if (provider.rewardEpoch === open || provider.epochReward === 0n) {
    return { ...provider, rewardEpoch: open };
  }
  const epoch = readEpoch(context.state, provider.rewardEpoch);
  assert(epoch !== undefined, 'a reward of an epoch that was never closed');
  const share = shareOf(epoch, provider.epochReward);
  const folded: Epoch = {
    ...epoch,
    foldedTotal: epoch.foldedTotal + provider.epochReward,
    foldedPaid: epoch.foldedPaid + share,
  };
  context.state.setRecord(stateKeys.epoch(epoch.epoch), epochCodec, folded);
  if (folded.foldedTotal === folded.total) burnUnclaimed(context, folded.paid - folded.foldedPaid);
  return {
    ...provider,
    rewardEpoch: open,
    epochReward: 0n,
    rewardsClaimable: provider.rewardsClaimable + share,
  };
}

function burnUnclaimed(context: BlockContext, amount: bigint): void {
  updateChain(context, (chain) => ({
    rewardsUnclaimed: chain.rewardsUnclaimed - amount,
    burned: chain.burned + amount,
  }));
}

/**
 * The reward of a final task, before the epoch's scaling: at most what the task itself burned, so that nobody gains
 * by paying itself.
 */
export function accrueReward(
  context: BlockContext,
  by: { readonly provider: string; readonly answeredWithinOneBlock: boolean },
  burned: bigint,
): void {
  const provider = foldRewards(context, requireProvider(context.state, by.provider));
  const weight =
    WEIGHT.base +
    hardwareBonus(liveAttestation(context.state, provider.id, context.timestamp)) +
    (lastEpochUptime(context.state, provider) >= UPTIME_REWARDED ? WEIGHT.uptime : 0n) +
    (by.answeredWithinOneBlock ? WEIGHT.speed : 0n);
  const reward = (burned * weight) / WEIGHT.whole;
  writeProvider(context, { ...provider, epochReward: provider.epochReward + reward });
  updateChain(context, (chain) => ({ epochReward: chain.epochReward + reward }));
}

/** A convicted provider loses what it has not claimed; the open epoch forgets its part. */
export function forfeitRewards(context: BlockContext, providerId: string): void {
  const provider = foldRewards(context, requireProvider(context.state, providerId));
  writeProvider(context, { ...provider, rewardsClaimable: 0n, epochReward: 0n });
  updateChain(context, (chain) => ({ epochReward: chain.epochReward - provider.epochReward }));
  burnUnclaimed(context, provider.rewardsClaimable);
}

/** Takes a provider's claimable rewards out of the unclaimed. @returns the amount, possibly 0. */
export function takeRewards(context: BlockContext, providerId: string): bigint {
  const provider = foldRewards(context, requireProvider(context.state, providerId));
  const amount = provider.rewardsClaimable;
  writeProvider(context, {
    ...provider,
    rewardsClaimable: 0n,
    rewardsClaimed: provider.rewardsClaimed + amount,
  });
  updateChain(context, (chain) => ({ rewardsUnclaimed: chain.rewardsUnclaimed - amount }));
  return amount;
}

/** What a provider could claim now, what the open epoch may add (before scaling), and what it has claimed. */
export function providerRewards(
  state: StateReader,
  provider: ProviderRecord,
): { readonly claimable: bigint; readonly pending: bigint; readonly claimed: bigint } {
  const { epoch: open } = readChain(state);
  const claimed = provider.rewardsClaimed;
  if (provider.rewardEpoch === open) {
    return { claimable: provider.rewardsClaimable, pending: provider.epochReward, claimed };
  }
  const epoch = readEpoch(state, provider.rewardEpoch);
  const share = epoch === undefined ? 0n : shareOf(epoch, provider.epochReward);
  return { claimable: provider.rewardsClaimable + share, pending: 0n, claimed };
}

/**
 * Closes the open epoch when block time has reached its end; one closing covers all elapsed ones. Its rewards are
 * scaled down to min(epochRewardCap, baseReward × receipts) and minted.
 * @returns whether an epoch was closed
 */
export function closeEpochIfDue(context: BlockContext): boolean {
  const { config, params, state, timestamp, height } = context;
  const chain = readChain(state);
  const endsAt = chain.epochStartedAt + epochSeconds(config);
  if (timestamp < endsAt) return false;
  const cap = minBigint(params.epochRewardCap, config.baseReward * chain.epochReceipts);
  const paid = chain.epochReward === 0n ? 0n : minBigint(cap, chain.epochReward + params.rewardSubsidy);
  state.setRecord(stateKeys.epoch(chain.epoch), epochCodec, {
    epoch: chain.epoch,
    startedAt: chain.epochStartedAt,
    endedAt: timestamp,
    endedAtHeight: height,
    receipts: chain.epochReceipts,
    total: chain.epochReward,
    paid,
    foldedTotal: 0n,
    foldedPaid: 0n,
    heartbeatsDue: Math.floor((height - chain.epochStartedAtHeight) / params.heartbeatBlocks),
  });
  updateChain(context, () => ({
    minted: chain.minted + paid,
    rewardsUnclaimed: chain.rewardsUnclaimed + paid,
    epoch: chain.epoch + 1n,
    epochStartedAt: timestamp,
    epochStartedAtHeight: height,
    epochReward: 0n,
    epochReceipts: 0n,
  }));
  context.events.push({ kind: 'epoch', epoch: chain.epoch, total: chain.epochReward, paid });
  return true;
}
