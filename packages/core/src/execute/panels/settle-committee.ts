import { equalBytes } from '../../bytes/bytes.ts';
import { assert } from '../../errors/aivm-error.ts';
import { stateKeys } from '../../state/keys.ts';
import { requireProvider } from '../../state/read.ts';
import { readDispute } from '../../state/read-panel.ts';
import type { Dispute, Panel } from '../../state/records/panel.ts';
import { ProviderStatus } from '../../state/records/provider.ts';
import type { Task } from '../../state/records/task.ts';
import { type BlockContext, writeProvider } from '../context/block-context.ts';
import { burn, credit, minBigint } from '../economy/money.ts';
import { penalizeProvider } from '../economy/penalty.ts';
import { refundTask } from '../settlement/attempt.ts';
import { completeTask, payProvider } from '../settlement/complete.ts';
import { endObligation } from '../tasks/obligations.ts';
import { type PlacedSeat, removePanel } from './panel-store.ts';
import { endSeats, type PanelVote, punishSilence } from './vote.ts';

/** What a committee found. */
type Verdict = 'provider_right' | 'provider_wrong' | 'undecided';

function verdictOf(context: BlockContext, task: Task, vote: PanelVote): Verdict {
  const [first] = vote.majority ?? [];
  if (first === undefined) return 'undecided';
  const isRight = equalBytes(first.seat.outputHash, task.outputHash);
  const isSlashed = requireProvider(context.state, task.assignedTo).status === ProviderStatus.slashed;
  return isRight && !isSlashed ? 'provider_right' : isRight ? 'undecided' : 'provider_wrong';
}

/** Pays the members out of what was set aside for them. @returns what is left. */
function payMembers(
  context: BlockContext,
  fee: bigint,
  members: readonly PlacedSeat[],
  purse: bigint,
): bigint {
  let left = purse;
  for (const { seat } of members) {
    const amount = minBigint(fee, left);
    payProvider(context, seat.provider, amount);
    left -= amount;
  }
  return left;
}

/** The provider's bond pays the committee, as far as what it reserved for this result reaches. @returns what it paid. */
function takeFromBond(context: BlockContext, { assignedTo, reservation }: Task, amount: bigint): bigint {
  const provider = requireProvider(context.state, assignedTo);
  const taken = minBigint(provider.bond, minBigint(reservation, amount));
  writeProvider(context, { ...provider, bond: provider.bond - taken });
  return taken;
}

/** The result stands: half of the challenger's bond goes to the provider, half is burned, the committee is paid by him. */
function upholdResult(context: BlockContext, task: Task, vote: PanelVote, dispute: Dispute): void {
  const { wallet } = requireProvider(context.state, task.assignedTo);
  const toProvider = dispute.bond / 2n;
  credit(context, wallet, toProvider);
  burn(context, dispute.bond - toProvider);
  credit(context, dispute.challenger, payMembers(context, task.fee, vote.majority ?? [], dispute.prepaid));
  endObligation(context, task, { completed: true, latencySeconds: task.postedAt - task.assignedAt });
  completeTask(context, task, {
    seats: 1,
    by: [
      {
        provider: task.assignedTo,
        answeredWithinOneBlock: task.postedAtHeight <= task.assignedAtHeight + 1,
      },
    ],
  });
}

/** The result falls: the provider pays a penalty and the committee, the challenger is made whole. */
function overturnResult(context: BlockContext, task: Task, vote: PanelVote, dispute: Dispute): void {
  const members = vote.majority ?? [];
  const due = task.fee * BigInt(members.length);
  // The committee first: a bond that is too small for both shall not leave the bill to the challenger.
  const fromBond = takeFromBond(context, task, due);
  const { assignedTo, reservation } = task;
  penalizeProvider(context, { assignedTo, reservation: reservation - fromBond }, task.fee);
  // A bond that does not reach leaves the rest to the challenger's deposit: members did the work either way.
  const fromDeposit = due - fromBond;
  assert(fromDeposit <= dispute.prepaid, 'a committee costs more than was prepaid');
  payMembers(context, task.fee, members, due);
  credit(context, dispute.challenger, dispute.bond + dispute.prepaid - fromDeposit);
  endObligation(context, task, { failed: true });
  refundTask(context, task, 'challenge_upheld');
}

/**
 * Nobody can say: the result falls without blame, and the challenger pays those who answered. Where nobody did, one fee
 * of what it prepaid is burned, as much as the provider loses with its result: making results fall for want of a
 * committee must not be free.
 */
function leaveUndecided(context: BlockContext, task: Task, vote: PanelVote, dispute: Dispute): void {
  const left = payMembers(context, task.fee, vote.revealed, dispute.prepaid);
  const burned = vote.revealed.length === 0 ? minBigint(task.fee, left) : 0n;
  burn(context, burned);
  credit(context, dispute.challenger, dispute.bond + left - burned);
  endObligation(context, task, { failed: false });
  refundTask(context, task, 'undecided');
}

/** Decides a challenge by what a committee found. Members are never punished for diverging. */
export function settleCommittee(context: BlockContext, task: Task, panel: Panel, vote: PanelVote): void {
  const dispute = readDispute(context.state, task.id);
  assert(dispute !== undefined, 'a committee without its challenge');
  const verdict = verdictOf(context, task, vote);
  context.events.push({
    kind: 'challenge',
    taskId: task.id,
    provider: task.assignedTo,
    challenger: dispute.challenger,
    upheld: verdict === 'provider_wrong',
    claimRight:
      verdict === 'provider_wrong' &&
      vote.majority?.[0] !== undefined &&
      equalBytes(vote.majority[0].seat.outputHash, dispute.claimedHash),
  });
  punishSilence(context, task, panel, vote);
  endSeats(
    context,
    task,
    { panel, vote },
    new Set((vote.majority ?? vote.revealed).map(({ position }) => position)),
  );
  removePanel(context, panel);
  context.state.delete(stateKeys.dispute(task.id));
  if (verdict === 'provider_right') upholdResult(context, task, vote, dispute);
  else if (verdict === 'provider_wrong') overturnResult(context, task, vote, dispute);
  else leaveUndecided(context, task, vote, dispute);
}
