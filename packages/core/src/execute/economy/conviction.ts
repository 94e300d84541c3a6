import { ZERO_ADDRESS } from '../../bytes/bytes.ts';
import { assert } from '../../errors/aivm-error.ts';
import { requireProvider } from '../../state/read.ts';
import { ProviderStatus } from '../../state/records/provider.ts';
import { type BlockContext, updateChain, writeOperator, writeProvider } from '../context/block-context.ts';
import { expelOwned } from '../providers/convicted-operators.ts';
import { leaveLists } from '../providers/provider-lists.ts';
import { burn, maxBigint, minBigint } from './money.ts';
import { recoveredOperator } from './reputation.ts';
import { forfeitRewards } from './rewards.ts';

/**
 * Takes a proven liar's bond and bars its operator. The forfeit is max(minProviderBond, everything that the provider has
 * reserved), as far as the bond reaches: with the one result's reservation alone, a liar would convict itself on its
 * cheapest lie and keep what answers for the dear ones. The rest of the bond leaves as any bond does, and results that
 * are open fall when their own timers come.
 * @returns the forfeit, which the caller burns or shares out
 */
export function convictProvider(context: BlockContext, providerId: string): bigint {
  const provider = requireProvider(context.state, providerId);
  assert(provider.status !== ProviderStatus.slashed, 'a provider is convicted twice');
  const due = maxBigint(context.config.minProviderBond, provider.reserved);
  const forfeited = minBigint(provider.bond, due);
  const wasActive = provider.status === ProviderStatus.active;
  const left = leaveLists(context, provider);
  writeProvider(context, {
    ...left,
    serves: [],
    holds: [],
    bond: provider.bond - forfeited,
    status: ProviderStatus.slashed,
  });
  forfeitRewards(context, provider.id);
  writeOperator(context, provider.operator, {
    ...recoveredOperator(context.state, provider.operator),
    reputation: 0,
    convicted: true,
  });
  expelOwned(context, provider.operator);
  if (wasActive) updateChain(context, (chain) => ({ providersActive: chain.providersActive - 1 }));
  return forfeited;
}

/** Convicts a provider that the chain itself refutes: nobody accused it, so the whole forfeit is burned. */
export function convictWithoutChallenger(context: BlockContext, taskId: string, providerId: string): void {
  const forfeited = convictProvider(context, providerId);
  burn(context, forfeited);
  context.events.push({
    kind: 'conviction',
    taskId,
    provider: providerId,
    operator: requireProvider(context.state, providerId).operator,
    challenger: ZERO_ADDRESS,
    forfeited,
    rewarded: 0n,
    burned: forfeited,
    shares: [],
  });
}
