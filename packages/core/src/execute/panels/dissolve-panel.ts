import { readPanel } from '../../state/read-panel.ts';
import type { Task } from '../../state/records/task.ts';
import type { BlockContext } from '../block-context.ts';
import { removePanel } from './panel-store.ts';
import { countVotes, endSeats } from './vote.ts';

/** Lets the seats of a task go that ends before its panel was complete; nobody is blamed. */
export function dissolvePanel(context: BlockContext, task: Task): void {
  const panel = readPanel(context.state, task.id);
  if (panel === undefined) return;
  endSeats(context, task, { panel, vote: countVotes(context, panel) }, new Set());
  removePanel(context, panel);
}
