import { AivmError, namedHash, type OperationOf, ZERO_32 } from '@aivm/core';
import type { JobResult } from '../backend/compute-backend.ts';
import { createBackoff } from '../backoff.ts';
import { isTransient, retryTransient } from '../transient.ts';
import type { TaskFacts } from '../worker-node.ts';
import type { ProviderRun } from './run-provider.ts';

/** Longest error text that a result carries; the chain's own bound is 1,024 bytes of UTF-8. */
const ERROR_CHARACTERS_MAX = 240;
const NO_BYTES = new Uint8Array(0);

type Computed = { readonly result: JobResult } | { readonly error: string };

async function compute(
  task: TaskFacts,
  run: ProviderRun,
  signal: AbortSignal,
): Promise<Computed | undefined> {
  const model = await retryTransient(() => run.models.getModel(task.model), { ...run.retry, signal });
  if (model === undefined) return undefined;
  if (!run.backend.supports(model)) return { error: `backend ${run.backend.name} cannot run ${model.id}` };
  try {
    return { result: await run.backend.run({ taskId: task.id, model, input: task.input }, { signal }) };
  } catch (error) {
    if (signal.aborted) return undefined;
    return { error: (error instanceof Error ? error.message : String(error)).slice(0, ERROR_CHARACTERS_MAX) };
  }
}

/** The attested key's word for an answer, where there is one. */
function sessionSignature(task: TaskFacts, run: ProviderRun, computed: Computed): Uint8Array {
  if (run.attestor === undefined || 'error' in computed) return NO_BYTES;
  const outputHash = namedHash('Output', computed.result.output);
  return run.attestor.sign({ taskId: task.id, attempt: task.attempt, outputHash });
}

const toOperation = (task: TaskFacts, run: ProviderRun, computed: Computed): OperationOf<'submitResult'> => ({
  kind: 'submitResult',
  taskId: task.id,
  provider: run.identity.id,
  output: 'result' in computed ? computed.result.output : NO_BYTES,
  error: 'error' in computed ? computed.error : '',
  computeTimeMs: 'result' in computed ? BigInt(computed.result.computeTimeMs) : 0n,
  proof: NO_BYTES,
  traceRoot: ZERO_32,
  sessionSignature: sessionSignature(task, run, computed),
});

/** Whether the chain still waits for this provider's answer to the task. */
async function isOurs(taskId: string, run: ProviderRun): Promise<boolean> {
  const task = await run.node.getTask(taskId);
  return task?.status === 'assigned' && task.provider === run.identity.id;
}

/**
 * Posts until the chain has the answer or no longer wants it. A lost reply is not posted again blindly: before each
 * new try the chain is asked whether the task is still open for this provider.
 */
async function post(
  task: TaskFacts,
  computed: Computed,
  run: ProviderRun,
  signal: AbortSignal,
): Promise<void> {
  const { identity, report, sender } = run;
  const operation = toOperation(task, run, computed);
  const backoff = createBackoff();
  let isRetry = false;
  while (!signal.aborted) {
    try {
      if (isRetry && !(await isOurs(task.id, run))) {
        return report({ kind: 'skipped', provider: identity.id, taskId: task.id, code: 'wrong_state' });
      }
      const { height } = await sender.send(operation, { signal });
      if ('error' in computed) {
        return report({ kind: 'failed', provider: identity.id, taskId: task.id, error: computed.error });
      }
      return report({ kind: 'posted', provider: identity.id, taskId: task.id, height, ...computed.result });
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof AivmError)) throw error;
      // A transaction that a restarted node does not know is posted again, if the task is still this provider's.
      if (!isTransient(error) && error.code !== 'not_found') {
        return report({ kind: 'skipped', provider: identity.id, taskId: task.id, code: error.code });
      }
      report({ kind: 'retrying', provider: identity.id, code: error.code, detail: error.detail });
      isRetry = true;
      await backoff.wait(signal);
    }
  }
}

/** Runs one task and posts what came out. Ends quietly when `signal` is aborted: the chain remembers the task. */
export async function answerTask(task: TaskFacts, run: ProviderRun, signal: AbortSignal): Promise<void> {
  const computed = await compute(task, run, signal);
  if (computed !== undefined) await post(task, computed, run, signal);
}
