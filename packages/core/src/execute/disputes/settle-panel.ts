import { type Panel, PanelKind } from '../../state/records/panel.ts';
import type { TaskRecord } from '../../state/records/task.ts';
import type { BlockContext } from '../context/block-context.ts';
import { settleRedundant } from '../panels/settle-redundant.ts';
import { countVotes } from '../panels/vote.ts';
import { settleCommittee } from './committee.ts';

/** Settles a panel: a redundant task by its seats, a dispute by its committee. The panel's timers have run or are cancelled. */
export function settlePanel(context: BlockContext, task: TaskRecord, panel: Panel): void {
  const vote = countVotes(context, panel);
  if (panel.kind === PanelKind.redundant) settleRedundant(context, task, panel, vote);
  else settleCommittee(context, task, panel, vote);
}
