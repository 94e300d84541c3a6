import { requireProvider } from '../../state/read.ts';
import { ProviderStatus } from '../../state/records/provider.ts';
import { type BlockContext, writeProvider } from '../context/block-context.ts';
import { seatPart } from '../context/parts.ts';
import { coversSeat } from '../providers/own-provider.ts';
import { leaveLists } from '../providers/provider-lists.ts';
import type { Obligation } from '../tasks/obligations.ts';
import { burn, minBigint } from './money.ts';
import { adjustReputation, REPUTATION_STEP } from './reputation.ts';

/** Burns `due` as far as the bond reaches, and lowers the operator's reputation. @returns what was burned. */
function burnBond(context: BlockContext, providerId: string, due: bigint): bigint {
  const provider = requireProvider(context.state, providerId);
  const amount = minBigint(provider.bond, due);
  const poorer = { ...provider, bond: provider.bond - amount };
  writeProvider(context, poorer);
  if (!coversSeat(context, poorer) && provider.status === ProviderStatus.active) leaveLists(context, poorer);
  burn(context, amount);
  adjustReputation(context, provider.operator, REPUTATION_STEP.failed);
  return amount;
}

const penaltyOf = (context: BlockContext, part: bigint): bigint =>
  part * BigInt(context.params.penaltyMultiple);

/**
 * The penalty of a seat: min(penaltyMultiple × its part, bond). Seats reserve nothing, so nothing else bounds it.
 * @param fee the task's
 */
export const penalizeSeat = (context: BlockContext, providerId: string, fee: bigint): bigint =>
  burnBond(context, providerId, penaltyOf(context, seatPart(context, fee)));

/**
 * A seat that neither committed in time nor has an excuse: min(its part, bond) is burned, and its operator's reputation
 * falls as by a penalty.
 * @param fee the task's
 */
export const chargeAbsence = (context: BlockContext, providerId: string, fee: bigint): bigint =>
  burnBond(context, providerId, seatPart(context, fee));

/**
 * What cannot be proven is not convicted: min(penaltyMultiple × fee, what the obligation still reserves, bond) is burned
 * in full, so that nobody gains by somebody else's penalty, and never more than was set aside for it, so that the bond
 * goes on covering the provider's other work. The obligation itself is settled by the caller.
 * @returns what was burned
 */
export function penalizeProvider(
  context: BlockContext,
  obligation: Pick<Obligation, 'assignedTo' | 'reservation'>,
  fee: bigint,
): bigint {
  return burnBond(context, obligation.assignedTo, minBigint(obligation.reservation, penaltyOf(context, fee)));
}
