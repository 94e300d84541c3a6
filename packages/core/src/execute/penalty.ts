import { requireProvider } from '../state/read.ts';
import { type BlockContext, writeProvider } from './block-context.ts';
import { burn, minBigint } from './money.ts';
import { adjustReputation, REPUTATION_STEP } from './reputation.ts';

/**
 * What cannot be proven is not convicted: min(penaltyMultiple × fee, bond) is burned in full, so that nobody gains by
 * somebody else's penalty. The obligation itself is settled by the caller.
 * @returns what was burned
 */
export function penalizeProvider(context: BlockContext, providerId: string, fee: bigint): bigint {
  const provider = requireProvider(context.state, providerId);
  const amount = minBigint(provider.bond, fee * BigInt(context.params.penaltyMultiple));
  writeProvider(context, { ...provider, bond: provider.bond - amount });
  burn(context, amount);
  adjustReputation(context, provider.operator, REPUTATION_STEP.failed);
  return amount;
}
