import { type Panel, PanelKind, PanelPhase } from '../../state/records/panel.ts';
import { Settlement, type TaskRecord, TaskStatus } from '../../state/records/task.ts';
import { type BlockContext, emitTask, writeTask } from '../context/block-context.ts';
import { writePanel } from './panel-store.ts';
import { cancelSteps, hasten } from './panel-timers.ts';

/** The time to commit is over: members that committed may reveal. */
export function beginRevealing(context: BlockContext, task: TaskRecord, panel: Panel): void {
  const left = cancelSteps(context, panel.timers, ['draw', 'commit', 'redraw', 'recommit']);
  const revealEnd = context.height + context.params.revealBlocks;
  const timers = hasten(context, { ...panel, timers: left }, 'reveal', revealEnd);
  writePanel(context, {
    ...panel,
    phase: PanelPhase.revealing,
    commitDeadline: context.height,
    revealDeadline: timers.reveal.height,
    timers,
  });
  if (panel.kind !== PanelKind.redundant) {
    context.events.push({ kind: 'dispute', taskId: task.id, change: 'moved', phase: 'revealing' });
    return;
  }
  const revealing: TaskRecord = { ...task, status: TaskStatus.processing, settlement: Settlement.revealing };
  writeTask(context, revealing);
  emitTask(context, revealing, 'revealing');
}
