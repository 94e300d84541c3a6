import { assert } from '../../errors/aivm-error.ts';
import { readPanel } from '../../state/read-panel.ts';
import type { TaskRecord } from '../../state/records/task.ts';
import type { BlockContext } from '../context/block-context.ts';
import { removePanel } from './panel-store.ts';

/** Takes away the panel of a task that waits for its first seat, if it is to have one. */
export function dissolvePanel(context: BlockContext, task: TaskRecord): void {
  const panel = readPanel(context.state, task.id);
  if (panel === undefined) return;
  assert(panel.drawn === 0, 'a panel with seats is dissolved');
  removePanel(context, panel);
}
