import { namedHash } from '@aivm/core/crypto';
import type { OperationOf } from '@aivm/core/tx';
import type { ProvenTask, TaskFacts } from '../worker-node.ts';
import { type BoundTask, bindTask } from './bind-task.ts';
import { type Computed, computeTask } from './compute-task.ts';
import { postOperation } from './post-operation.ts';
import type { ProviderRun } from './provider-run.ts';

const NO_BYTES = new Uint8Array(0);

/** The attested key's word for an answer, where there is one. */
function sessionSignature(task: TaskFacts, run: ProviderRun, computed: Computed): Uint8Array {
  if (run.attestor === undefined || 'error' in computed) return NO_BYTES;
  const outputHash = namedHash('Output', computed.result.output);
  return run.attestor.sign({ taskId: task.id, attempt: task.attempt, outputHash });
}

const toOperation = (task: BoundTask, run: ProviderRun, computed: Computed): OperationOf<'submitResult'> => ({
  kind: 'submitResult',
  taskId: task.id,
  provider: run.identity.id,
  attempt: task.attempt,
  inputHash: task.inputHash,
  weightHash: task.weightHash,
  output: 'result' in computed ? computed.result.output : NO_BYTES,
  error: 'error' in computed ? computed.error : '',
  computeTimeMs: 'result' in computed ? BigInt(computed.result.computeTimeMs) : 0n,
  proof: NO_BYTES,
  sessionSignature: sessionSignature(task, run, computed),
});

/** Runs one task, as the state proves it, and posts what came out. Ends quietly when `signal` is aborted: the chain remembers the task. */
export async function answerTask(listed: TaskFacts, run: ProviderRun, signal: AbortSignal): Promise<void> {
  const { identity, report } = run;
  const isMine = (now: ProvenTask): boolean => now.status === 'assigned' && now.provider === identity.id;
  const task = await bindTask(listed, isMine, run, signal);
  if (task === undefined) return;
  const computed = await computeTask(task, run, signal);
  if (computed === undefined) return;
  const operation = toOperation(task, run, computed);
  const posting = {
    taskId: task.id,
    operation,
    isWanted: async () => {
      const now = await run.node.proveTask(task.id);
      return now !== undefined && now.attempt === task.attempt && isMine(now);
    },
    // Another process has attested this provider since: the answer is as right without the old key's word.
    insteadOf: (code: string) => {
      if (code !== 'bad_signature' || operation.sessionSignature.length === 0) return undefined;
      run.attestor?.giveWay();
      return { ...operation, sessionSignature: NO_BYTES };
    },
  };
  const height = await postOperation(posting, run, signal);
  if (height === undefined) return;
  if ('error' in computed) {
    const { error, detail } = computed;
    report({ kind: 'failed', provider: identity.id, taskId: task.id, error, detail });
  } else {
    report({ kind: 'posted', provider: identity.id, taskId: task.id, height, ...computed.result });
  }
}
