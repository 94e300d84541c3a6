import { assert } from '../../errors/aivm-error.ts';
import { type Panel, PanelKind, PanelPhase } from '../../state/records/panel.ts';
import { Settlement, type TaskRecord, TaskStatus } from '../../state/records/task.ts';
import { TimerKind } from '../../state/records/timer.ts';
import { type BlockContext, emitTask, writeTask } from '../context/block-context.ts';
import { modelClassOf } from '../models/model-classes.ts';
import { cancelTimer, scheduleTimer } from '../tasks/timers.ts';
import { writePanel } from './panel-store.ts';

/** The time to commit is over: members that committed may reveal. */
export function beginRevealing(context: BlockContext, task: TaskRecord, panel: Panel): void {
  cancelTimer(context, panel.commitTimer);
  const isEarly = context.height < panel.commitDeadline;
  // With everybody in early the wait is shortened; where no slot is free the reserved one serves.
  const sooner = isEarly
    ? scheduleTimer(context, context.height + context.params.revealBlocks, {
        kind: TimerKind.revealEnd,
        taskId: panel.taskId,
        weight: panel.n,
      })
    : undefined;
  if (sooner !== undefined) cancelTimer(context, panel.revealTimer);
  const revealTimer = sooner ?? panel.revealTimer;
  writePanel(context, {
    ...panel,
    phase: PanelPhase.revealing,
    commitDeadline: context.height,
    revealDeadline: revealTimer.height,
    revealTimer,
  });
  if (panel.kind !== PanelKind.redundant) {
    context.events.push({ kind: 'dispute', taskId: task.id, change: 'moved', phase: 'revealing' });
    return;
  }
  const revealing: TaskRecord = { ...task, status: TaskStatus.processing, settlement: Settlement.revealing };
  writeTask(context, revealing);
  emitTask(context, revealing, 'revealing');
}

/** If the chain computes the right output itself, one right answer is enough; agreement needs m. */
const leastCommitments = (task: TaskRecord, panel: Panel): number =>
  panel.kind === PanelKind.redundant && modelClassOf(task).judge.kind === 'recompute' ? 1 : panel.m;

/**
 * The time to commit ended by the clock: reveals begin, unless too few committed to decide anything.
 * @returns whether reveals began; if not, no timer of the panel runs any more and the caller settles it
 */
export function endCommitting(context: BlockContext, task: TaskRecord, panel: Panel): boolean {
  assert(panel.phase === PanelPhase.committing, 'a panel whose commit timer runs twice');
  if (panel.committed >= leastCommitments(task, panel)) {
    beginRevealing(context, task, panel);
    return true;
  }
  cancelTimer(context, panel.revealTimer);
  return false;
}
