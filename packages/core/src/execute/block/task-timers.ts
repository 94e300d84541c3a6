import { assert } from '../../errors/aivm-error.ts';
import { readTask, readTrial, requireTask } from '../../state/read.ts';
import type { Panel } from '../../state/records/panel.ts';
import { Settlement, type TaskRecord, TaskStatus } from '../../state/records/task.ts';
import { type Timer, TimerKind } from '../../state/records/timer.ts';
import type { BlockContext } from '../context/block-context.ts';
import { endTrialWindow } from '../disputes/bisection/end-trial.ts';
import { endClocks } from '../disputes/bisection/late.ts';
import { settlePanel } from '../disputes/settle-panel.ts';
import { adjustReputation, REPUTATION_STEP } from '../economy/reputation.ts';
import { endCommitting, endDrawing } from '../panels/commit-phase.ts';
import { dissolvePanel } from '../panels/dissolve-panel.ts';
import { requirePanel } from '../panels/panel-store.ts';

import { abandonAttempt, refundTask } from '../settlement/attempt.ts';
import { endWindow } from '../settlement/optimistic.ts';
import { endObligation } from '../tasks/obligations.ts';
import { dequeueTask } from '../tasks/queue.ts';

/** Nobody answered in time: a task that still waits is refunded; one that is being worked on ends with its attempt. */
function endDeadline(context: BlockContext, task: TaskRecord): void {
  if (task.status !== TaskStatus.pending) return;
  dequeueTask(context, task);
  dissolvePanel(context, task);
  refundTask(context, task, 'deadline');
}

function endTimeout(context: BlockContext, task: TaskRecord): void {
  const provider = endObligation(context, task, { failed: true });
  adjustReputation(context, provider.operator, REPUTATION_STEP.failed);
  abandonAttempt(context, task, 'timeout');
}

const isPanelTimer = ({ kind }: Timer): boolean =>
  kind === TimerKind.drawEnd || kind === TimerKind.commitEnd || kind === TimerKind.revealEnd;

/** Ends a step of a panel. @returns whether the panel is over with it */
function isPanelOver(context: BlockContext, task: TaskRecord, panel: Panel, { kind }: Timer): boolean {
  if (kind === TimerKind.drawEnd) return !endDrawing(context, task, panel);
  return kind === TimerKind.revealEnd || !endCommitting(context, task, panel);
}

/** What a timer does when its height has come. Timers of an earlier step were taken back, so the step must fit. */
export function runTaskTimer(context: BlockContext, timer: Timer): void {
  const task = readTask(context.state, timer.taskId);
  assert(task !== undefined, 'a timer of a task that is not there');
  if (timer.kind === TimerKind.taskDeadline) {
    endDeadline(context, task);
    return;
  }
  if (isPanelTimer(timer)) {
    const panel = requirePanel(context, task.id);
    if (isPanelOver(context, task, panel, timer))
      settlePanel(context, requireTask(context.state, task.id), requirePanel(context, task.id));
    return;
  }
  if (timer.kind === TimerKind.gameClock) {
    endClocks(context, task);
    return;
  }
  assert(task.stepTimer.height === context.height, 'a timer that its task does not know');
  if (timer.kind === TimerKind.taskTimeout) {
    assert(task.status === TaskStatus.assigned, 'a timeout of a task that nobody holds');
    endTimeout(context, task);
    return;
  }
  const hasResult = task.settlement === Settlement.posted || task.settlement === Settlement.disputed;
  assert(timer.kind === TimerKind.windowEnd && hasResult, 'a window without a result');
  if (readTrial(context.state, task.id) === undefined) endWindow(context, task);
  else endTrialWindow(context, task);
}
