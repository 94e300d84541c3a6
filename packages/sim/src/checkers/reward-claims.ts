import { equalBytes } from '@aivm/core/bytes';
import type { CreateChecker, ObservedBlock } from './checker.ts';

interface ClosedEpoch {
  readonly total: bigint;
  readonly paid: bigint;
}

/** The most that each provider may accrue in a block: its equal part of what its tasks that became final have burned. */
function accruableIn({ result, changes }: ObservedBlock): ReadonlyMap<string, bigint> {
  const most = new Map<string, bigint>();
  for (const { receipt } of result.receipts) {
    const task = changes.task.find(({ after }) => after?.id === receipt.jobId)?.after;
    const part = (task?.burned ?? 0n) / BigInt(receipt.providers.length);
    for (const provider of receipt.providers) most.set(provider, (most.get(provider) ?? 0n) + part);
  }
  return most;
}

/** Rewards are claimed once, by whom they belong to, and no more of them than the epochs gave: a double claim mints. */
export const createRewardClaimsChecker: CreateChecker = ({ fail }) => {
  const epochs = new Map<bigint, ClosedEpoch>();
  /** By provider and epoch: what its receipts weighed. */
  const accrued = new Map<string, Map<bigint, bigint>>();
  const claimed = new Map<string, bigint>();
  let open = 0n;
  const entitledTo = (provider: string): bigint => {
    let sum = 0n;
    for (const [epoch, weight] of accrued.get(provider) ?? []) {
      const closed = epochs.get(epoch);
      if (closed !== undefined && closed.total > 0n) sum += (weight * closed.paid) / closed.total;
    }
    return sum;
  };
  return {
    name: 'reward-claims',
    onBlock(observed) {
      const { height, block, outcomes, events, changes } = observed;
      const accruable = accruableIn(observed);
      for (const event of events) {
        if (event.kind !== 'epoch') continue;
        epochs.set(event.epoch, { total: event.total, paid: event.paid });
        open = event.epoch + 1n;
      }
      for (const { before, after } of changes.provider) {
        if (after === undefined) continue;
        const already = before?.rewardEpoch === after.rewardEpoch ? before.epochReward : 0n;
        if (after.rewardEpoch === open && after.epochReward > already) {
          const own = accrued.get(after.id) ?? new Map<bigint, bigint>();
          const more = after.epochReward - already;
          const most = accruable.get(after.id) ?? 0n;
          if (more > most) fail(`height ${height}: ${after.id} accrued ${more}, its tasks burned ${most}`);
          own.set(open, (own.get(open) ?? 0n) + more);
          accrued.set(after.id, own);
        }
        const amount = after.rewardsClaimed - (before?.rewardsClaimed ?? 0n);
        if (amount === 0n) continue;
        const isAsked = block.transactions.some(
          ({ operation, sender }, i) =>
            operation.kind === 'claimRewards' &&
            operation.provider === after.id &&
            outcomes[i]?.code === '' &&
            (equalBytes(sender, after.operator) ||
              equalBytes(sender, after.wallet) ||
              equalBytes(sender, before?.wallet ?? sender)),
        );
        if (!isAsked) fail(`height ${height}: rewards of ${after.id} went out and its operator did not ask`);
        const total = (claimed.get(after.id) ?? 0n) + amount;
        claimed.set(after.id, total);
        if (total > entitledTo(after.id)) {
          fail(`height ${height}: ${after.id} has claimed ${total}, its epochs gave ${entitledTo(after.id)}`);
        }
      }
    },
  };
};
