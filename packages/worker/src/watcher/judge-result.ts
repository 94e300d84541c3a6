import { AivmError, equalBytes, ZERO_32 } from '@aivm/core';
import { assertInput } from '../provider/compute-task.ts';
import { retryTransient } from '../transient.ts';
import type { ChainFacts, TaskFacts } from '../worker-node.ts';
import type { WatcherRun } from './watcher-run.ts';

/** A challenge stakes at least this multiple of the task's fee. */
const CHALLENGE_FEE_MULTIPLE = 10n;

/** The least bond that the chain takes for a challenge of a task with this fee. */
function challengeBondOf(fee: bigint, chain: ChainFacts): bigint {
  const byFee = fee * CHALLENGE_FEE_MULTIPLE;
  const least = byFee > chain.challengeBond ? byFee : chain.challengeBond;
  return least < chain.minProviderBond ? least : chain.minProviderBond;
}

/** Whether a challenge can still win something. */
async function isOpen(task: TaskFacts, run: WatcherRun): Promise<boolean> {
  const now = await run.node.getTask(task.id);
  return (
    now?.settlement === 'posted' &&
    now.provider === task.provider &&
    (await run.node.getHeight()) < now.finalAtHeight
  );
}

async function challenge(task: TaskFacts, right: Uint8Array, run: WatcherRun): Promise<void> {
  const { node, sender, report, retry } = run;
  const { id: taskId, provider } = task;
  const leave = (code: string) => report({ kind: 'unchallenged', taskId, provider, code });
  try {
    const sent = await retryTransient(async () => {
      if (run.convicted.has(provider)) throw new AivmError('provider_slashed', provider);
      if (!(await isOpen(task, run))) throw new AivmError('too_late', `task ${taskId}`);
      const bond = challengeBondOf(task.fee, await node.getChain());
      const { height } = await sender.send(
        {
          kind: 'challenge',
          taskId,
          output: right,
          traceRoot: ZERO_32,
          bond,
        },
        retry,
      );
      return { height, bond };
    }, retry);
    if (sent !== undefined) report({ kind: 'challenged', taskId, provider, ...sent });
  } catch (error) {
    if (!(error instanceof AivmError)) throw error;
    leave(error.code);
  }
}

/**
 * Re-runs one posted result and challenges it when it is wrong. Only an output that this machine computed from the
 * input and the weights that the task bound is ever held against somebody, so a right result is never challenged.
 * @returns whether nothing is left to do about this result; a wrong one is looked at again while the chain lists it.
 */
export async function judgeResult(task: TaskFacts, run: WatcherRun): Promise<boolean> {
  const { backend, models, report, retry } = run;
  if (task.settlement !== 'posted' || run.convicted.has(task.provider)) return true;
  assertInput(task);
  const model = await retryTransient(() => models.getModel(task), retry);
  if (model === undefined) return false;
  if (!backend.supports(model)) {
    report({ kind: 'unverifiable', taskId: task.id, model: model.id });
    return true;
  }
  const job = { taskId: task.id, model, input: task.input };
  const result = await backend.run(job, { signal: retry.signal }).catch((error: unknown) => {
    // A program that fails says nothing about the result; it is asked again while the result can be challenged.
    if (!(error instanceof AivmError) && !retry.signal.aborted) throw error;
  });
  if (result === undefined) {
    report({ kind: 'unverifiable', taskId: task.id, model: model.id });
    return false;
  }
  const computed = result.output;
  const isConfirmed = equalBytes(computed, task.output);
  const output = isConfirmed ? computed : (backend.recheck?.(job, computed) ?? computed);
  if (equalBytes(output, task.output)) {
    report({ kind: 'confirmed', taskId: task.id, provider: task.provider });
    return true;
  }
  const { id: taskId, provider, output: posted } = task;
  report({ kind: 'mismatch', taskId, provider, posted, computed: output });
  await challenge(task, output, run);
  return false;
}
