import { assert } from '../../errors/aivm-error.ts';
import { requireTask } from '../../state/read.ts';
import { type Panel, PanelKind, PanelPhase } from '../../state/records/panel.ts';
import type { TaskRecord } from '../../state/records/task.ts';
import { type BlockContext, emitTask, writeTask } from '../context/block-context.ts';
import { taskTimeoutBlocks } from '../context/durations.ts';
import { modelClassOf } from '../models/model-classes.ts';
import { endDraws } from '../tasks/queue.ts';
import { writePanel } from './panel-store.ts';
import { cancelPanelTimers, cancelSteps, hasten, NO_PANEL_TIMERS, stepsOf } from './panel-timers.ts';
import { redrawAbsent } from './redraw-seats.ts';
import { beginRevealing } from './reveal-phase.ts';
import { countVotes } from './vote.ts';

/**
 * Where the time to commit ends: as long after the last seat as an answer may take; once the m-th seat has committed, t
 * blocks after the last one was drawn, the others have until 2t and commitGraceBlocks. Never before the next block.
 */
function commitEndOf(context: BlockContext, { lastDrawnAtHeight, decisiveAtHeight }: Panel): number {
  const { config, params, height } = context;
  const longest = taskTimeoutBlocks(config, params);
  const taken = Math.max(0, decisiveAtHeight - lastDrawnAtHeight);
  const blocks = decisiveAtHeight === 0 ? longest : Math.min(longest, 2 * taken + params.commitGraceBlocks);
  return Math.max(height + 1, lastDrawnAtHeight + blocks);
}

function moveCommitEnd(context: BlockContext, panel: Panel): Panel {
  const { commit } = stepsOf(panel);
  const timers = hasten(context, panel, commit, commitEndOf(context, panel));
  const moved = { ...panel, timers, commitDeadline: timers[commit].height };
  writePanel(context, moved);
  return moved;
}

/** No seat of this round is drawn any more: the time to commit runs. @returns the panel in its new phase */
export function beginCommitting(context: BlockContext, task: TaskRecord, panel: Panel): Panel {
  endDraws(context, task.id);
  const timers = cancelSteps(context, panel.timers, [stepsOf(panel).draw]);
  const committing = moveCommitEnd(context, { ...panel, timers, phase: PanelPhase.committing });
  const isRedundant = panel.kind === PanelKind.redundant;
  const drawn = isRedundant ? { ...task, timeoutHeight: committing.commitDeadline } : task;
  writeTask(context, drawn);
  emitTask(context, drawn, 'panel_drawn');
  if (!isRedundant)
    context.events.push({ kind: 'dispute', taskId: task.id, change: 'moved', phase: 'committing' });
  return committing;
}

/**
 * One more seat has committed. With the m-th the others' time is cut short; once nobody is left who could commit, the time
 * is over.
 * @returns whether the panel goes on, see {@link endCommitting}
 */
export function noteCommitted(context: BlockContext, task: TaskRecord, before: Panel): boolean {
  const committed = before.committed + 1;
  const isDecisive = committed === before.m;
  const decisiveAtHeight = isDecisive ? context.height : before.decisiveAtHeight;
  const panel: Panel = { ...before, committed, decisiveAtHeight };
  writePanel(context, panel);
  if (panel.phase !== PanelPhase.committing) return true;
  if (committed === panel.drawn) return endCommitting(context, task, panel);
  if (isDecisive) moveCommitEnd(context, panel);
  return true;
}

/** If the chain computes the right output itself, one right answer is enough; agreement needs m. */
const leastCommitments = (task: TaskRecord, panel: Panel): number =>
  panel.kind === PanelKind.redundant && modelClassOf(task).judge.kind === 'recompute' ? 1 : panel.m;

/**
 * The time to commit is over. With m commitments reveals begin. Otherwise the absent seats are drawn once more; after the
 * second round what is there has to do.
 * @returns whether the panel goes on; if not, no timer of it runs any more and the caller settles it
 */
export function endCommitting(context: BlockContext, task: TaskRecord, panel: Panel): boolean {
  assert(panel.phase === PanelPhase.committing, 'a panel whose commit timer runs twice');
  const { withheld } = countVotes(context, panel);
  if (withheld.length < panel.m && panel.round === 0) {
    redrawAbsent(context, task, panel);
    return true;
  }
  if (withheld.length >= leastCommitments(task, panel)) {
    beginRevealing(context, task, panel);
    return true;
  }
  cancelPanelTimers(context, panel.timers);
  writePanel(context, { ...panel, timers: NO_PANEL_TIMERS });
  return false;
}

/**
 * The time to draw seats is over before all of them are: those that are left are absent, and nobody is blamed for them.
 * @returns as {@link endCommitting}
 */
export function endDrawing(context: BlockContext, task: TaskRecord, panel: Panel): boolean {
  assert(panel.phase === PanelPhase.drawing, 'a panel whose draw timer runs twice');
  // Without a seat in this round there is no last one: the time runs from here.
  const lastDrawnAtHeight = panel.lastDrawnAtHeight === 0 ? context.height : panel.lastDrawnAtHeight;
  const committing = beginCommitting(context, task, { ...panel, lastDrawnAtHeight });
  if (committing.committed < committing.drawn) return true;
  return endCommitting(context, requireTask(context.state, task.id), committing);
}
