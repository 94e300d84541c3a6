import { assert } from '../../errors/aivm-error.ts';
import { readTaskInput, readWeights } from '../../state/read.ts';
import type { TaskRecord } from '../../state/records/task.ts';
import type { BlockContext } from '../context/block-context.ts';
import type { Judge } from './model-class.ts';

/** The right output of a task whose class the chain judges by itself. Cost: one run of the model. */
export function recomputeOutput(
  context: BlockContext,
  task: TaskRecord,
  judge: Extract<Judge, { kind: 'recompute' }>,
): Uint8Array {
  const input = readTaskInput(context.state, task.id);
  const weights = readWeights(context.state, task.weightHash);
  assert(input !== undefined && weights !== undefined, 'a task without its input or weights');
  return judge.rightOutput(weights.parameters, input);
}
