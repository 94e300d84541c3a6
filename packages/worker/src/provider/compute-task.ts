import { bytesToHex, equalBytes } from '@aivm/core/bytes';
import { namedHash } from '@aivm/core/crypto';
import { AivmError } from '@aivm/core/errors';
import type { OutputPiece } from '@aivm/sdk';
import { BACKEND_WORDS, BackendError, type BackendReason, backendErrorOf } from '../backend/backend-error.ts';
import type { Job, JobResult, ServedModel } from '../backend/compute-backend.ts';
import { retryTransient } from '../transient.ts';
import type { TaskFacts } from '../worker-node.ts';
import type { BoundTask } from './bind-task.ts';
import type { ProviderRun } from './provider-run.ts';

/** What a backend made of a task. */
export type Computed =
  | { readonly result: JobResult }
  /** `error` goes on chain; `detail` is for the operator's log. */
  | { readonly error: string; readonly detail: string; readonly reason: BackendReason };

const failed = ({ reason, detail }: BackendError): Computed => ({
  error: BACKEND_WORDS[reason],
  detail,
  reason,
});

/** @throws AivmError `malformed` when the input is not the one that the task bound. */
export function assertInput({ id, input, inputHash }: TaskFacts): void {
  if (equalBytes(namedHash('Input', input), inputHash)) return;
  throw new AivmError(
    'malformed',
    `the node's input of task ${id} does not hash to 0x${bytesToHex(inputHash)}`,
  );
}

const jobOf = ({ id: taskId, input, maxNew }: BoundTask, model: ServedModel): Job => ({
  ...{ taskId, model, input, maxNew },
});

/**
 * Runs a task on the backend, with the input and the weights that it bound; undefined when `signal` was aborted first.
 * @throws AivmError where the node's answers do not fit the task.
 */
export async function computeTask(
  task: BoundTask,
  run: ProviderRun,
  signal: AbortSignal,
): Promise<Computed | undefined> {
  assertInput(task);
  const model = await retryTransient(() => run.models.getModel(task), { ...run.retry, signal });
  if (model === undefined) return undefined;
  if (!run.backend.supports(model))
    return failed(new BackendError('cannotRun', `backend ${run.backend.name} cannot run ${model.id}`));
  const { streams } = run;
  // Parts of one provider's answer are its requester's; those of a panel are nobody's before they are revealed.
  const isStreamed = streams !== undefined && task.panel === undefined;
  const onPiece = isStreamed ? (piece: OutputPiece) => streams.publish(task.id, piece) : undefined;
  if (isStreamed) streams.begin(task.id);
  try {
    const result = await run.backend.run(jobOf(task, model), { signal, onPiece });
    const { length } = result.output;
    const most = run.chain.maxOutputBytes;
    // What the chain does not take could be neither posted nor revealed.
    return length <= most
      ? { result }
      : failed(new BackendError('tooMuch', `${length} bytes, at most ${most}`));
  } catch (error) {
    if (signal.aborted) return undefined;
    return failed(backendErrorOf(error));
  } finally {
    if (isStreamed) streams.end(task.id);
  }
}
