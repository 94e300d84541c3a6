import { requireProvider, requireTask } from '../../state/read.ts';
import { Settlement } from '../../state/records/task.ts';
import type { BlockContext, ProofOfFault } from '../context/block-context.ts';
import { basisPointsOf, burn, credit, maxBigint, minBigint } from '../economy/money.ts';
import { voidResult } from '../settlement/optimistic.ts';
import { dissolveTrial } from './bisection/end-trial.ts';

/** What one challenger receives of a forfeit. */
export interface RewardShare {
  readonly challenger: Uint8Array;
  readonly amount: bigint;
}

/**
 * The reward for convicting a provider: challengerShareBasisPoints of max(minProviderBond, the largest proven
 * reservation), at most the same share of the forfeit. Reservations that nobody proved anything about earn nothing.
 */
function rewardOf(
  { config, params }: BlockContext,
  proofs: readonly ProofOfFault[],
  forfeited: bigint,
): bigint {
  const proven = proofs.reduce((largest, { reservation }) => maxBigint(largest, reservation), 0n);
  const base = minBigint(forfeited, maxBigint(config.minProviderBond, proven));
  return basisPointsOf(base, params.challengerShareBasisPoints);
}

/** Cuts `reward` in proportion to the weights of those whose own output is right, rounded down. */
function sharesOf(proofs: readonly ProofOfFault[], reward: bigint): readonly RewardShare[] {
  const right = proofs.filter(({ claimRight }) => claimRight);
  const total = right.reduce((sum, { weight }) => sum + weight, 0n);
  return right.map(({ challenger, weight, rewardMax }) => {
    const share = (reward * weight) / total;
    return { challenger, amount: rewardMax === undefined ? share : minBigint(share, rewardMax) };
  });
}

/** The results that this block proved false fall together: until its end each could still be challenged by others. */
function voidProven(context: BlockContext, proofs: readonly ProofOfFault[]): void {
  for (const { taskId, provider } of proofs) {
    const task = requireTask(context.state, taskId);
    const isOpen = task.settlement === Settlement.posted || task.settlement === Settlement.disputed;
    if (!isOpen || task.assignedTo !== provider) continue;
    dissolveTrial(context, task);
    voidResult(context, task, 'challenge_upheld');
  }
}

function settleProvider(context: BlockContext, proofs: readonly ProofOfFault[]): void {
  const [first] = proofs;
  if (first === undefined) return;
  const forfeited = proofs.reduce((sum, proof) => sum + proof.forfeited, 0n);
  const shares = sharesOf(proofs, rewardOf(context, proofs, forfeited));
  const rewarded = shares.reduce((sum, { amount }) => sum + amount, 0n);
  for (const { challenger, amount } of shares) credit(context, challenger, amount);
  burn(context, forfeited - rewarded);
  context.events.push({
    kind: 'conviction',
    taskId: first.taskId,
    provider: first.provider,
    operator: requireProvider(context.state, first.provider).operator,
    challenger: first.challenger,
    forfeited,
    rewarded,
    burned: forfeited - rewarded,
    shares,
  });
  voidProven(context, proofs);
}

/**
 * Shares out, at a block's end, what the convictions of the block took. A challenge is public in the pool before it is in
 * a block, so whoever copies it could come first; here order inside the block earns nothing, and every right challenge
 * against any open result of the provider has its part. Cost: proportional to the challenges that the block carries.
 */
export function settleProofs(context: BlockContext): void {
  const byProvider = new Map<string, ProofOfFault[]>();
  for (const proof of context.proofs) {
    const known = byProvider.get(proof.provider);
    if (known === undefined) byProvider.set(proof.provider, [proof]);
    else known.push(proof);
  }
  // In the order of the first proofs, which is that of the block's transactions.
  for (const proofs of byProvider.values()) settleProvider(context, proofs);
}
