import { isZeroBytes } from '../../bytes/bytes.ts';
import { requireThat } from '../../errors/aivm-error.ts';
import { CheckClass } from '../../state/records/model.ts';
import type { Task } from '../../state/records/task.ts';
import type { BlockContext } from '../context/block-context.ts';
import { INT8_KERNEL_OUTPUT_BYTES } from '../disputes/int8-kernel.ts';

/** Throws where `output` cannot be a result of the task's model at all. */
export function checkOutputShape(
  context: BlockContext,
  task: Task,
  { output, traceRoot }: { readonly output: Uint8Array; readonly traceRoot: Uint8Array },
): void {
  const { maxOutputBytes } = context.params;
  requireThat(
    output.length <= maxOutputBytes,
    'too_large',
    () => `output: ${output.length} bytes, at most ${maxOutputBytes}`,
  );
  requireThat(isZeroBytes(traceRoot), 'malformed', () => 'traceRoot: models of this class have no trace');
  requireThat(
    task.checkClass !== CheckClass.int8Kernel || output.length === INT8_KERNEL_OUTPUT_BYTES,
    'invalid_input',
    () => `output: model "${task.model}" gives ${INT8_KERNEL_OUTPUT_BYTES} int8, got ${output.length} bytes`,
  );
}
