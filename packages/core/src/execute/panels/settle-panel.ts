import { type Panel, PanelKind } from '../../state/records/panel.ts';
import type { Task } from '../../state/records/task.ts';
import type { BlockContext } from '../context/block-context.ts';
import { settleCommittee } from './settle-committee.ts';
import { settleRedundant } from './settle-redundant.ts';
import { countVotes } from './vote.ts';

/** Decides what a panel was asked. Its timers have run or were taken back. */
export function settlePanel(context: BlockContext, task: Task, panel: Panel): void {
  const vote = countVotes(context, panel);
  if (panel.kind === PanelKind.redundant) settleRedundant(context, task, panel, vote);
  else settleCommittee(context, task, panel, vote);
}
