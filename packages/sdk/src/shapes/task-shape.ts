import { modelClassOf } from '@aivm/core/execute';
import {
  SETTLEMENT_NAMES,
  Settlement,
  TASK_STATUS_NAMES,
  type TaskRecord,
  TaskStatus,
  WAIT_REASON_NAMES,
} from '@aivm/core/state';
import { secondsToTimestamp } from '../encoding/timestamp.ts';
import type { Task } from '../schemas/task.ts';
import { type PanelWithSeats, panelToShape } from './panel-shape.ts';
import { bytesToPayload } from './payload.ts';

/** What belongs to a task and is stored beside it. */
export interface TaskPayloads {
  readonly input: Uint8Array;
  /** The output that stands, if there is one. */
  readonly output?: Uint8Array | undefined;
  /** The proof bytes of the result that stands. */
  readonly proof?: Uint8Array | undefined;
  /** What `isUsable` says; the record's own word when left out. */
  readonly usable?: boolean;
  /** The panel that works on it. */
  readonly panel?: PanelWithSeats | undefined;
}

const nameOf = <T>(names: readonly T[], index: number): T => {
  const name = names[index];
  if (name === undefined) throw new RangeError(`no name for ${index}`);
  return name;
};

/** Members that exist once the task was drawn, and once it has a result. */
function progressOf(task: TaskRecord): Partial<Task> {
  const hasResult = task.settlement === Settlement.posted || task.settlement === Settlement.final;
  return {
    ...(task.assignedTo === '' ? {} : { assigned_to: task.assignedTo }),
    ...(task.assignedAtHeight === 0
      ? {}
      : { started_at: secondsToTimestamp(task.assignedAt), assigned_at_height: task.assignedAtHeight }),
    ...(task.status === TaskStatus.assigned ? { timeout_height: task.timeoutHeight } : {}),
    ...(hasResult
      ? {
          compute_time_ms: task.computeTimeMs,
          output_hash: task.outputHash,
          posted_at_height: task.postedAtHeight,
          final_at_height: task.finalAtHeight,
        }
      : {}),
  };
}

function endOf(task: TaskRecord): Partial<Task> {
  const ended = secondsToTimestamp(task.endedAt);
  return {
    ...(task.endedAtHeight === 0 ? {} : { ended_at_height: task.endedAtHeight, ended_at: ended }),
    ...(task.status === TaskStatus.completed ? { completed_at: ended } : {}),
    ...(task.receiptNumber === 0 ? {} : { receipt_index: task.receiptNumber - 1 }),
    ...(task.error === '' ? {} : { error: task.error }),
    ...(task.waitReason === 0 ? {} : { wait_reason: nameOf(WAIT_REASON_NAMES, task.waitReason) }),
  };
}

/**
 * The Go service's Task of a task record.
 * @example taskToShape(readTask(state, 't-1'), { input: readTaskInput(state, 't-1') }).status // 'completed'
 */
export function taskToShape(
  task: TaskRecord,
  { input, output, proof, panel, usable = task.usable }: TaskPayloads,
): Task {
  const shownInput = bytesToPayload(input, task.checkClass);
  const shownOutput = output === undefined ? undefined : bytesToPayload(output, task.checkClass);
  return {
    id: task.id,
    type: task.type,
    model: task.model,
    input: shownInput.value,
    ...(shownOutput === undefined
      ? {}
      : { output: shownOutput.value, output_encoding: shownOutput.encoding, output_bytes: output }),
    status: nameOf(TASK_STATUS_NAMES, task.status),
    fee: task.fee,
    created_at: secondsToTimestamp(task.createdAt),
    ...(proof === undefined || proof.length === 0 ? {} : { proof }),
    input_encoding: shownInput.encoding,
    input_bytes: input,
    input_hash: task.inputHash,
    check_class: modelClassOf(task).name,
    model_root: task.modelRoot,
    model_version: task.modelVersion,
    weight_hash: task.weightHash,
    requester: task.requester,
    mode: task.mode,
    settlement: nameOf(SETTLEMENT_NAMES, task.settlement),
    usable,
    verifiable: task.verifiable,
    attempt: task.attempt,
    panels: task.panels,
    escrow: task.escrow,
    burned: task.burned,
    created_at_height: task.createdAtHeight,
    deadline_height: task.deadlineHeight,
    ...progressOf(task),
    ...(panel === undefined ? {} : { panel: panelToShape(panel) }),
    ...endOf(task),
  };
}
