import { equalBytes } from '../../bytes/bytes.ts';
import { namedHash } from '../../crypto/named-hash.ts';
import { assert, requireThat } from '../../errors/aivm-error.ts';
import { stateKeys } from '../../state/keys.ts';
import { readAccount, requireProvider } from '../../state/read.ts';
import { readDispute } from '../../state/read-panel.ts';
import { type Dispute, disputeCodec, type Panel, PanelKind } from '../../state/records/panel.ts';
import { ProviderStatus } from '../../state/records/provider.ts';
import { NO_TIMER, Settlement, type TaskRecord } from '../../state/records/task.ts';
import { type BlockContext, emitTask, writeTask } from '../context/block-context.ts';
import { seatPart } from '../context/parts.ts';
import { debit } from '../economy/money.ts';
import { beginCommittee, openPanel } from '../panels/open-panel.ts';
import { removePanel } from '../panels/panel-store.ts';
import { endSeats, errorOf, largestGroups, type PanelVote, punishSilence } from '../panels/vote.ts';
import { majorityOf, panelSeats } from '../tasks/terms.ts';
import { cancelTimer } from '../tasks/timers.ts';
import type { OpenedChallenge } from './opened-challenge.ts';
import { announceVerdict, type Finding, payVerdict } from './verdict.ts';

/**
 * Opens a dispute before a committee: n other providers do the task again under commit–reveal. The challenger prepays
 * them. Nothing is asked about who could sit on it now: the task's submission found that enough others serve the model.
 */
export function openCommittee(context: BlockContext, task: TaskRecord, challenge: OpenedChallenge): void {
  const { config, state } = context;
  const n = panelSeats(config);
  const m = majorityOf(n);
  const prepaid = BigInt(n) * seatPart(context, task.fee);
  const { balance } = readAccount(state, challenge.challenger);
  const needed = prepaid + challenge.bond;
  requireThat(
    balance >= needed,
    'insufficient_balance',
    () => `the challenger has ${balance}, stakes and prepays ${needed}`,
  );
  debit(context, challenge.challenger, needed, 'challenge');
  cancelTimer(context, task.stepTimer);
  const dispute: Dispute = {
    taskId: task.id,
    challenger: challenge.challenger,
    claimedHash: namedHash('Output', challenge.output),
    bond: challenge.bond,
    prepaid,
    openedAtHeight: context.height,
  };
  state.setRecord(stateKeys.dispute(task.id), disputeCodec, dispute);
  const disputed: TaskRecord = { ...task, settlement: Settlement.disputed, stepTimer: NO_TIMER };
  writeTask(context, disputed);
  beginCommittee(context, openPanel(context, disputed, { kind: PanelKind.committee, m, n }));
  emitTask(context, disputed, 'disputed');
}

function findingOf(
  context: BlockContext,
  task: TaskRecord,
  vote: PanelVote,
  claimedHash: Uint8Array,
): Finding {
  const [first] = vote.majority ?? [];
  const members = vote.majority ?? largestGroups(vote.revealed);
  const error = errorOf(vote);
  const share = error === 'cannot_run' ? 'half' : undefined;
  const undecided: Finding = { verdict: 'undecided', claimRight: false, isProof: false, members, share };
  if (first === undefined || error === 'cannot_run') return undecided;
  const { outputHash } = first.seat;
  // Whoever posted an output where the right one is longer than the chain takes is wrong, and so is any other claim.
  if (!equalBytes(outputHash, task.outputHash))
    return { ...undecided, verdict: 'upheld', claimRight: equalBytes(outputHash, claimedHash) };
  const { status } = requireProvider(context.state, task.assignedTo);
  return status === ProviderStatus.slashed ? undecided : { ...undecided, verdict: 'rejected' };
}

/** Decides a dispute by the votes of its committee. Members are never punished for diverging. */
export function settleCommittee(
  context: BlockContext,
  task: TaskRecord,
  panel: Panel,
  vote: PanelVote,
): void {
  const dispute = readDispute(context.state, task.id);
  assert(dispute !== undefined, 'a committee without its dispute');
  const finding = findingOf(context, task, vote, dispute.claimedHash);
  announceVerdict(context, task, dispute, finding);
  punishSilence(context, task, panel, vote);
  endSeats(context, task, { panel, vote }, new Set(finding.members.map(({ position }) => position)));
  removePanel(context, panel);
  context.state.delete(stateKeys.dispute(task.id));
  payVerdict(context, task, dispute, finding);
}
