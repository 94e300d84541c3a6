import { ZERO_ADDRESS } from '../../bytes/bytes.ts';
import { assert } from '../../errors/aivm-error.ts';
import { requireProvider } from '../../state/read.ts';
import { ProviderStatus } from '../../state/records/provider.ts';
import { type BlockContext, updateChain, writeOperator, writeProvider } from '../context/block-context.ts';
import { leaveServedLists } from '../providers/served-lists.ts';
import type { Obligation } from '../tasks/obligations.ts';
import { basisPointsOf, burn, credit, maxBigint, minBigint } from './money.ts';
import { recoveredOperator } from './reputation.ts';
import { forfeitRewards } from './rewards.ts';

/** The challenger that a conviction rewards. `rewarded`: whether the challenger's own output was correct. */
export interface Convictor {
  readonly challenger: Uint8Array;
  readonly rewarded: boolean;
}

/** A seat that the chain itself proves false has no challenger to reward. */
const NO_CHALLENGER: Convictor = { challenger: ZERO_ADDRESS, rewarded: false };

/**
 * A proof showed the provider's result false. Forfeits max(minProviderBond, the obligation's reservation) as far as the
 * bond reaches, once; the rest of the bond leaves as any bond does. Results that are open besides this one fall when
 * their own timers come.
 */
export function convictProvider(
  context: BlockContext,
  obligation: Obligation,
  convictor: Convictor = NO_CHALLENGER,
): void {
  const provider = requireProvider(context.state, obligation.assignedTo);
  assert(provider.status !== ProviderStatus.slashed, 'a provider is convicted twice');
  const due = maxBigint(context.config.minProviderBond, obligation.reservation);
  const forfeited = minBigint(provider.bond, due);
  const rewarded = convictor.rewarded
    ? basisPointsOf(forfeited, context.params.challengerShareBasisPoints)
    : 0n;
  const wasActive = provider.status === ProviderStatus.active;
  writeProvider(context, { ...provider, bond: provider.bond - forfeited, status: ProviderStatus.slashed });
  leaveServedLists(context, provider.id);
  forfeitRewards(context, provider.id);
  credit(context, convictor.challenger, rewarded);
  burn(context, forfeited - rewarded);
  writeOperator(context, provider.operator, {
    ...recoveredOperator(context.state, provider.operator),
    reputation: 0,
    convicted: true,
  });
  if (wasActive) updateChain(context, (chain) => ({ providersActive: chain.providersActive - 1 }));
  context.events.push({
    kind: 'conviction',
    taskId: obligation.id,
    provider: provider.id,
    operator: provider.operator,
    challenger: convictor.challenger,
    forfeited,
    rewarded,
    burned: forfeited - rewarded,
  });
}
