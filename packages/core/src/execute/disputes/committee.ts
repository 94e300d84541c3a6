import { namedHash } from '../../crypto/named-hash.ts';
import { AivmError, requireThat } from '../../errors/aivm-error.ts';
import { stateKeys } from '../../state/keys.ts';
import { readAccount } from '../../state/read.ts';
import { type Dispute, disputeCodec, type Panel, PanelKind } from '../../state/records/panel.ts';
import { NO_TIMER, Settlement, type Task } from '../../state/records/task.ts';
import { TimerKind } from '../../state/records/timer.ts';
import { createBudget, drawProviders } from '../assignment/candidates.ts';
import { type BlockContext, emitTask, writeTask } from '../context/block-context.ts';
import { debit } from '../economy/money.ts';
import { openPanel } from '../panels/open-panel.ts';
import { requirePanel } from '../panels/panel-store.ts';
import { settlePanel } from '../panels/settle-panel.ts';
import { dequeueTask, enqueueTask } from '../tasks/queue.ts';
import { cancelTimer, scheduleTimer } from '../tasks/timers.ts';

/** A challenge that has met every condition. */
export interface OpenedChallenge {
  readonly challenger: Uint8Array;
  readonly output: Uint8Array;
  readonly bond: bigint;
}

/** Blocks in which a committee must be complete, beside one for each of its seats. */
const DRAW_BLOCKS = 20;

/** Providers that a challenge looks at, in the order of a draw, to find enough members. */
const CANDIDATES_TRIED = 64;

/**
 * Asks a committee: n other providers do the task again under commit–reveal. The challenger prepays them. Refused where
 * fewer than n others could be drawn now: a committee that stays incomplete voids the result, and a requester who knew
 * that it would could have his answer for nothing.
 */
export function openCommittee(context: BlockContext, task: Task, challenge: OpenedChallenge): void {
  const { params, config, state } = context;
  const m = config.redundancyFactor;
  const n = Math.max(params.redundancySeats, m);
  const vacancy = { task, seat: 0, excluded: [challenge.challenger] };
  const others = drawProviders(context, vacancy, createBudget(CANDIDATES_TRIED), n).length;
  requireThat(
    others >= n,
    'not_verifiable',
    () => `${others} other operators could judge "${task.model}" now, a committee needs ${n}`,
  );
  const prepaid = BigInt(n) * task.fee;
  const { balance } = readAccount(state, challenge.challenger);
  const needed = prepaid + challenge.bond;
  requireThat(
    balance >= needed,
    'insufficient_balance',
    () => `the challenger has ${balance}, stakes and prepays ${needed}`,
  );
  const drawTimer = scheduleTimer(context, context.height + DRAW_BLOCKS + n, {
    kind: TimerKind.drawEnd,
    taskId: task.id,
    weight: n,
  });
  if (drawTimer === undefined)
    throw new AivmError('timers_full', `task "${task.id}": no slot for its committee`);
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
  const disputed: Task = { ...task, settlement: Settlement.disputed, stepTimer: drawTimer };
  writeTask(context, disputed);
  openPanel(context, disputed, { kind: PanelKind.committee, m, n });
  enqueueTask(context, disputed);
  emitTask(context, disputed, 'disputed');
}

/** A committee that is not complete in time decides nothing; one that is goes on by its own timers. */
export function endDrawing(context: BlockContext, task: Task): void {
  const panel: Panel = requirePanel(context, task.id);
  const settled: Task = { ...task, stepTimer: NO_TIMER };
  writeTask(context, settled);
  dequeueTask(context, settled);
  settlePanel(context, settled, panel);
}
