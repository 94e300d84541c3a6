import { equalBytes } from '../../bytes/bytes.ts';
import { requireThat } from '../../errors/aivm-error.ts';
import { requireTask } from '../../state/read.ts';
import { readPanel } from '../../state/read-panel.ts';
import { TaskStatus } from '../../state/records/task.ts';
import type { OperationOf } from '../../tx/operations/operations.ts';
import type { BlockContext } from '../context/block-context.ts';
import { dissolvePanel } from '../panels/dissolve-panel.ts';
import { refundTask } from '../settlement/attempt.ts';
import { dequeueTask } from '../tasks/queue.ts';

/**
 * The requester takes a waiting task back; its escrow returns, its admission stays burned. Once a seat of its panel is
 * drawn it stays: the member may have done the work and committed to it.
 */
export function processCancelTask(
  context: BlockContext,
  sender: Uint8Array,
  operation: OperationOf<'cancelTask'>,
): void {
  const task = requireTask(context.state, operation.taskId);
  requireThat(
    equalBytes(task.requester, sender),
    'forbidden',
    () => `another account submitted task "${task.id}"`,
  );
  const isPending = task.status === TaskStatus.pending;
  requireThat(
    isPending || task.n === 0 || readPanel(context.state, task.id) === undefined,
    'already_drawn',
    () => `seats of task "${task.id}" are drawn: providers work on it`,
  );
  requireThat(isPending, 'wrong_state', () => `task "${task.id}" is no longer pending`);
  dequeueTask(context, task);
  dissolvePanel(context, task);
  refundTask(context, task, 'cancelled');
}
