import { AivmError } from '../../errors/aivm-error.ts';
import { parseMove } from '../../network/index.ts';
import { requireTask } from '../../state/read.ts';
import type { OperationOf } from '../../tx/operations/operations.ts';
import type { BlockContext } from '../context/block-context.ts';

/** A move of a game about the trace of a result. */
export function processDisputeMove(
  context: BlockContext,
  _sender: Uint8Array,
  operation: OperationOf<'disputeMove'>,
): void {
  const task = requireTask(context.state, operation.taskId);
  parseMove(operation.move, operation.body);
  throw new AivmError('wrong_state', `no game about the result of task "${task.id}" is open`);
}
