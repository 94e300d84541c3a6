import { assert } from '../../errors/aivm-error.ts';
import { requireProvider } from '../../state/read.ts';
import type { TaskRecord } from '../../state/records/task.ts';
import { type BlockContext, type ProofOfFault, writeProvider } from '../context/block-context.ts';
import type { DisputeVerdict } from '../context/events.ts';
import { seatPart } from '../context/parts.ts';
import { convictProvider } from '../economy/conviction.ts';
import { burn, credit, maxBigint, minBigint } from '../economy/money.ts';
import { penalizeProvider } from '../economy/penalty.ts';
import type { PlacedSeat } from '../panels/panel-store.ts';
import { refundTask } from '../settlement/attempt.ts';
import { payProvider } from '../settlement/complete.ts';
import { finalizeTask } from '../settlement/optimistic.ts';
import { endObligation } from '../tasks/obligations.ts';
import { isConvictedInThisBlock } from './proofs.ts';

/** The money of a dispute: it was taken from the challenger when the dispute was opened. */
export interface DisputeStake {
  readonly challenger: Uint8Array;
  readonly bond: bigint;
  /** Set aside for the members of a committee; 0 if the chain judges by itself. */
  readonly prepaid: bigint;
  /** Number of the game about a trace; undefined for other judges. */
  readonly game?: number;
}

/** What a judge found about a posted result. */
export interface Finding {
  readonly verdict: DisputeVerdict;
  /** `upheld`: whether the challenger's own output is the right one. */
  readonly claimRight: boolean;
  /** Whether the chain computed the right output itself. Only a proof convicts; a majority does not. */
  readonly isProof: boolean;
  /** What bounds the share of the reward, where it is not the bond of a challenge. */
  readonly reward?: Pick<ProofOfFault, 'weight' | 'rewardMax'>;
  /** Members of the committee that are paid for their work. */
  readonly members: readonly PlacedSeat[];
  /** Whether each of them has half of its part and the other is burned: those only said that they cannot run the task. */
  readonly share?: 'half' | undefined;
}

/** Reports the verdict, before the events of what follows from it. */
export function announceVerdict(
  context: BlockContext,
  { id: taskId, assignedTo: provider }: TaskRecord,
  { challenger, game }: DisputeStake,
  { verdict, claimRight }: Finding,
): void {
  const place = { taskId, provider, challenger, ...(game === undefined ? {} : { game }) };
  context.events.push({ kind: 'challenge', ...place, upheld: verdict === 'upheld', claimRight });
  context.events.push({ kind: 'dispute', change: 'settled', ...place, verdict, claimRight });
}

/** Pays each member one part, as far as the money reaches. @returns what is left of it. */
function payMembers(
  context: BlockContext,
  part: bigint,
  members: readonly PlacedSeat[],
  money: bigint,
): bigint {
  let left = money;
  for (const { seat } of members) {
    const amount = minBigint(part, left);
    payProvider(context, seat.provider, amount);
    left -= amount;
  }
  return left;
}

/** Takes the committee's cost from the provider's bond, at most what it reserved for this result. @returns what was taken. */
function takeFromBond(
  context: BlockContext,
  { assignedTo, reservation }: TaskRecord,
  amount: bigint,
): bigint {
  const provider = requireProvider(context.state, assignedTo);
  const taken = minBigint(provider.bond, minBigint(reservation, amount));
  writeProvider(context, { ...provider, bond: provider.bond - taken });
  return taken;
}

/**
 * The result stands: the challenger loses its bond, half to the provider and half burned, and has paid the committee. A
 * committee judges a result once, so the task is final. A proof leaves the window open: another challenge costs the
 * chain no more than this one.
 */
function payRejected(
  context: BlockContext,
  task: TaskRecord,
  stake: DisputeStake,
  { isProof, members }: Finding,
): void {
  const toProvider = stake.bond / 2n;
  credit(context, requireProvider(context.state, task.assignedTo).wallet, toProvider);
  burn(context, stake.bond - toProvider);
  const part = seatPart(context, task.fee);
  credit(context, stake.challenger, payMembers(context, part, members, stake.prepaid));
  if (!isProof) finalizeTask(context, task);
}

/**
 * A proof shows the result false: the provider is convicted unless this block did so before, and the challenger has its
 * bond back. The block's end shares out the reward and returns the task to the queue, see `settleProofs`.
 */
function payProven(
  context: BlockContext,
  task: TaskRecord,
  { challenger, bond }: DisputeStake,
  finding: Finding,
): void {
  credit(context, challenger, bond);
  const { id: taskId, assignedTo: provider, reservation } = task;
  const forfeited = isConvictedInThisBlock(context, provider) ? 0n : convictProvider(context, provider);
  const { claimRight, reward = { weight: bond, rewardMax: undefined } } = finding;
  context.proofs.push({ provider, taskId, challenger, bond, claimRight, ...reward, reservation, forfeited });
}

/**
 * A majority finds the result false: the provider pays a penalty and the committee, the challenger gets its money back,
 * and the requester is refunded at once. See {@link refundTask} for why the task is not tried again.
 */
function payOutvoted(
  context: BlockContext,
  task: TaskRecord,
  stake: DisputeStake,
  { members }: Finding,
): void {
  const part = seatPart(context, task.fee);
  const due = part * BigInt(members.length);
  // The committee first: a bond that is too small for both must not leave the bill to the challenger.
  const fromBond = takeFromBond(context, task, due);
  const { assignedTo, reservation } = task;
  penalizeProvider(context, { assignedTo, reservation: reservation - fromBond }, task.fee);
  // If the bond does not cover the committee, the challenger's deposit does: members did the work either way.
  const fromDeposit = due - fromBond;
  assert(fromDeposit <= stake.prepaid, 'a committee costs more than was prepaid');
  payMembers(context, part, members, due);
  credit(context, stake.challenger, stake.bond + stake.prepaid - fromDeposit);
  endObligation(context, task, { failed: true });
  refundTask(context, task, 'challenge_upheld');
}

/**
 * Without a majority the result is void and nobody is penalised; the challenger pays the members of the largest groups
 * that agree. If that is less than one part, the rest of one part is burned, at least as much as the provider loses with
 * its result: otherwise anyone could void results for free when no committee can be found.
 */
function payUndecided(
  context: BlockContext,
  task: TaskRecord,
  stake: DisputeStake,
  { members, share }: Finding,
): void {
  const part = seatPart(context, task.fee);
  const each = share === 'half' ? part / 2n : part;
  const left = payMembers(context, each, members, stake.prepaid);
  const paid = stake.prepaid - left;
  const halves = (part - each) * BigInt(members.length);
  const burned = minBigint(left, maxBigint(halves, part - paid));
  burn(context, burned);
  credit(context, stake.challenger, stake.bond + left - burned);
  endObligation(context, task, { failed: false });
  refundTask(context, task, 'undecided');
}

/** Moves all money and the task as the verdict says. The judge has removed its own records. */
export function payVerdict(
  context: BlockContext,
  task: TaskRecord,
  stake: DisputeStake,
  finding: Finding,
): void {
  if (finding.verdict === 'rejected') payRejected(context, task, stake, finding);
  else if (finding.verdict === 'undecided') payUndecided(context, task, stake, finding);
  else if (finding.isProof) payProven(context, task, stake, finding);
  else payOutvoted(context, task, stake, finding);
}
