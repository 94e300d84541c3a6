import { equalBytes, ZERO_32 } from '@aivm/core/bytes';
import { namedHash } from '@aivm/core/crypto';
import { AivmError } from '@aivm/core/errors';
import { challengeBondOf } from '@aivm/core/execute';
import { BackendError } from '../backend/backend-error.ts';
import { assertInput } from '../provider/compute-task.ts';
import { retryTransient } from '../transient.ts';
import type { ProvenTask, TaskFacts } from '../worker-node.ts';
import { judgeNetworkResult } from './judge-network-result.ts';
import type { WatcherRun } from './watcher-run.ts';

/** A posted result that this machine holds wrong. */
interface WrongResult {
  readonly task: TaskFacts & ProvenTask;
  /** What this machine computed. */
  readonly right: Uint8Array;
  /** What the state proves to be posted. */
  readonly postedHash: Uint8Array;
}

const claimKey = ({ id, attempt }: ProvenTask): string => `${id}|${attempt}`;

/**
 * Whether this account has challenged this result before, so that doing it again can only lose another bond. What this
 * process sent is remembered with its nonce: until the state proves that the nonce is used, no block has the challenge.
 * What an earlier process sent is among the chain's disputes.
 */
async function wasClaimed({ task, postedHash }: WrongResult, run: WatcherRun): Promise<boolean> {
  const nonce = run.claims.get(claimKey(task));
  if (nonce !== undefined && (await run.node.proveNonce(run.sender.address)) > nonce) return true;
  const dispute = await run.node.getDispute(task.id);
  return (
    dispute !== undefined &&
    equalBytes(dispute.challenger, run.sender.address) &&
    equalBytes(dispute.postedHash, postedHash)
  );
}

/** Why there is nothing to win by a challenge; undefined where there is. */
async function reasonToLeave(wrong: WrongResult, run: WatcherRun): Promise<string | undefined> {
  const { task, postedHash } = wrong;
  const now = await run.node.proveTask(task.id);
  const isSame = now?.settlement === 'posted' && now.attempt === task.attempt;
  if (!isSame || !equalBytes(now.outputHash, postedHash)) return 'too_late';
  if (now.height + 1 >= now.finalAtHeight) return 'too_late';
  const provider = await run.node.proveProvider(now.provider);
  if (provider?.status === 'slashed') return 'provider_slashed';
  return (await wasClaimed(wrong, run)) ? 'duplicate' : undefined;
}

async function challenge(wrong: WrongResult, run: WatcherRun): Promise<void> {
  const { node, sender, report, retry } = run;
  const { task, right, postedHash } = wrong;
  const { id: taskId, provider } = task;
  const leave = (code: string) => report({ kind: 'unchallenged', taskId, provider, code });
  try {
    const sent = await retryTransient(async () => {
      const reason = await reasonToLeave(wrong, run);
      if (reason !== undefined) return reason;
      const chain = await node.proveChain();
      const bond = challengeBondOf({ params: chain, config: chain }, task.fee);
      const { attempt, panels: panel, inputHash, weightHash } = task;
      const facts = { attempt, panel, inputHash, weightHash, postedHash };
      const claim = { output: right, bond, rootCommitment: ZERO_32 };
      const operation = { kind: 'challenge', taskId, ...facts, ...claim } as const;
      const { height, nonce } = await sender.send(operation, retry);
      run.claims.set(claimKey(task), nonce);
      return { height, bond };
    }, retry);
    if (typeof sent === 'string') leave(sent);
    else if (sent !== undefined) report({ kind: 'challenged', taskId, provider, ...sent });
  } catch (error) {
    if (!(error instanceof AivmError)) throw error;
    leave(error.code);
  }
}

/** What this machine computes for the task; undefined, and a report, where it cannot. */
async function compute(task: TaskFacts, run: WatcherRun): Promise<Uint8Array | undefined> {
  const { backend, models, report, retry } = run;
  assertInput(task);
  const model = await retryTransient(() => models.getModel(task), retry);
  if (model === undefined) return undefined;
  const job = { taskId: task.id, model, input: task.input };
  const result = await backend.run(job, { signal: retry.signal }).catch((error: unknown) => {
    // A program that fails says nothing about the result; it is asked again while the result can be challenged.
    if (!(error instanceof BackendError) && !retry.signal.aborted) throw error;
  });
  if (result === undefined) {
    report({ kind: 'unverifiable', taskId: task.id, model: model.id });
    return undefined;
  }
  if (equalBytes(result.output, task.output)) return result.output;
  return backend.recheck === undefined ? result.output : backend.recheck(job, result.output);
}

/** The task as the state proves it, where it has the posted result that was listed; undefined otherwise. */
async function bindPosted(task: TaskFacts, run: WatcherRun): Promise<(TaskFacts & ProvenTask) | undefined> {
  const proven = await retryTransient(() => run.node.proveTask(task.id), run.retry);
  if (proven?.settlement !== 'posted' || proven.provider !== task.provider) return undefined;
  return { ...task, ...proven };
}

/**
 * Re-runs one posted result and challenges it when it is wrong. Only an output that this machine computed from the
 * input and the weights that the task bound, as the state proves them, is ever held against somebody; an opaque model's
 * twice, because a program may answer otherwise each time. So a right result is never challenged, whatever a node says.
 * @returns whether nothing is left to do about this result; a wrong one is looked at again while the chain lists it.
 */
export async function judgeResult(task: TaskFacts, run: WatcherRun): Promise<boolean> {
  const { report } = run;
  const { id: taskId, model, checkClass, weightHash } = task;
  const { traces } = run;
  if (checkClass === 'int8-graph' && traces !== undefined && !run.convicted.has(task.provider))
    return judgeNetworkResult(task, traces, run);
  if (task.settlement !== 'posted' || run.convicted.has(task.provider)) return true;
  if (!run.backend.supports({ id: model, checkClass, weightHash })) {
    report({ kind: 'unverifiable', taskId, model });
    return true;
  }
  const first = await compute(task, run);
  if (first === undefined) return false;
  if (equalBytes(first, task.output) && equalBytes(namedHash('Output', first), task.outputHash)) {
    report({ kind: 'confirmed', taskId, provider: task.provider });
    return true;
  }
  const bound = await bindPosted(task, run);
  if (bound === undefined) return false;
  if (!bound.verifiable) {
    report({ kind: 'unverifiable', taskId, model });
    return true;
  }
  const right = await compute(bound, run);
  if (right === undefined) return false;
  if (bound.checkClass === 'opaque' && !equalBytes(first, right)) {
    report({ kind: 'unverifiable', taskId, model });
    return true;
  }
  if (equalBytes(namedHash('Output', right), bound.outputHash)) {
    report({ kind: 'confirmed', taskId, provider: bound.provider });
    return true;
  }
  const { provider, output: posted, outputHash: postedHash } = bound;
  report({ kind: 'mismatch', taskId, provider, posted, computed: right });
  await challenge({ task: bound, right, postedHash }, run);
  return false;
}
