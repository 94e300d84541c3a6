import { requireThat } from '../../errors/aivm-error.ts';
import type { TaskRecord } from '../../state/records/task.ts';
import type { BlockContext } from '../context/block-context.ts';
import { modelClassOf } from './model-classes.ts';

/** Refuses an output that cannot answer the task, right or wrong. @throws AivmError `too_large`, `malformed`, `invalid_input`. */
export function checkOutput(
  context: BlockContext,
  task: TaskRecord,
  { output }: { readonly output: Uint8Array },
): void {
  const { maxOutputBytes } = context.params;
  requireThat(
    output.length <= maxOutputBytes,
    'too_large',
    () => `output: ${output.length} bytes, at most ${maxOutputBytes}`,
  );
  modelClassOf(task).checkOutput(context, task, output);
}
