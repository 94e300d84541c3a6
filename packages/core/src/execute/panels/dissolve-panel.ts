import { readPanel } from '../../state/read-panel.ts';
import type { TaskRecord } from '../../state/records/task.ts';
import type { BlockContext } from '../context/block-context.ts';
import { removePanel } from './panel-store.ts';
import { countVotes, endSeats } from './vote.ts';

/** Lets the seats of a panel go that never became complete; nobody is blamed. */
export function dissolvePanel(context: BlockContext, task: TaskRecord): void {
  const panel = readPanel(context.state, task.id);
  if (panel === undefined) return;
  const vote = countVotes(context, panel);
  endSeats(context, task, { panel, vote }, new Set());
  for (const { position, seat } of vote.seats) {
    context.events.push({
      kind: 'seat',
      taskId: task.id,
      provider: seat.provider,
      position,
      change: 'released',
    });
  }
  removePanel(context, panel);
}
