import { equalBytes } from '@aivm/core/bytes';
import { namedHash } from '@aivm/core/crypto';
import { AivmError } from '@aivm/core/errors';
import { hashGameRoot } from '@aivm/core/network';
import type { OwnTraces } from '../network/own-traces.ts';
import { assertInput } from '../provider/compute-task.ts';
import { retryTransient } from '../transient.ts';
import type { ProvenTask, TaskFacts } from '../worker-node.ts';
import type { WatcherRun } from './watcher-run.ts';

const NO_BYTES = new Uint8Array(0);

type Posted = TaskFacts & ProvenTask;

/** What hides a challenger's own root: it follows from its key and the result, so that a restart finds it again. */
export function saltOf({ id, attempt }: Pick<ProvenTask, 'id' | 'attempt'>, run: WatcherRun): Uint8Array {
  const { deriveSecret } = run.sender;
  if (deriveSecret === undefined)
    throw new AivmError(
      'not_supported',
      'games about traces need a signer that derives secrets from its key',
    );
  return deriveSecret(`trace|${id}|${attempt}`);
}

/** The task as the state proves it, where its result can still be challenged. */
async function bindOpen(task: TaskFacts, run: WatcherRun): Promise<Posted | undefined> {
  const proven = await retryTransient(() => run.node.proveTask(task.id), run.retry);
  if (proven === undefined || proven.provider !== task.provider) return undefined;
  if (proven.settlement !== 'posted' && proven.settlement !== 'disputed') return undefined;
  const bound = { ...task, ...proven };
  if (!equalBytes(namedHash('Output', bound.output), bound.outputHash))
    throw new AivmError(
      'malformed',
      `the node's output of task ${task.id} does not have the hash that was posted`,
    );
  return bound;
}

/** Whether this account plays, or waits to play, about this result. */
async function isPlaying({ id: taskId, attempt }: Posted, run: WatcherRun): Promise<boolean> {
  const trial = await run.node.proveTrial(taskId);
  if (trial === undefined || trial.attempt !== attempt) return false;
  for (let number = 0; number < trial.challenges; number++) {
    const game = await run.node.proveGame({ taskId, number });
    if (game !== undefined && equalBytes(game.challenger, run.sender.address)) return true;
  }
  return false;
}

/** Why there is nothing to do by a challenge; undefined where there is. */
async function reasonToLeave(task: Posted, run: WatcherRun): Promise<string | undefined> {
  const now = await run.node.proveTask(task.id);
  const isOpen = now?.settlement === 'posted' || now?.settlement === 'disputed';
  if (!isOpen || now.attempt !== task.attempt || now.height + 1 >= now.finalAtHeight) return 'too_late';
  const provider = await run.node.proveProvider(now.provider);
  if (provider?.status === 'slashed') return 'provider_slashed';
  const nonce = run.claims.get(`${task.id}|${task.attempt}`);
  const isSent = nonce !== undefined && (await run.node.proveNonce(run.sender.address)) > nonce;
  if (isSent || (await isPlaying(task, run))) return 'duplicate';
  // One that an earlier process of this account lost: another one would lose another stake.
  const dispute = await run.node.getDispute(task.id);
  const isOwn = dispute !== undefined && equalBytes(dispute.challenger, run.sender.address);
  return isOwn && equalBytes(dispute.postedHash, task.outputHash) ? 'duplicate' : undefined;
}

/** @returns whether the challenge was made, or nothing can come of one: the result need not be computed again */
async function challenge(task: Posted, traces: OwnTraces, run: WatcherRun): Promise<boolean> {
  const { sender, report, retry, node } = run;
  const { id: taskId, provider, attempt } = task;
  try {
    const { trace } = await traces.get(task, retry.signal);
    const sent = await retryTransient(async () => {
      const reason = await reasonToLeave(task, run);
      if (reason !== undefined) return reason;
      const genesisHash = await node.proveGenesisHash();
      const own = { root: trace.tree.root, sender: sender.address, salt: saltOf(task, run) };
      const rootCommitment = hashGameRoot({ genesisHash, taskId, attempt, ...own });
      const { panels: panel, inputHash, weightHash, outputHash: postedHash } = task;
      const facts = { attempt, panel, inputHash, weightHash, postedHash };
      const claim = { output: NO_BYTES, bond: 0n, rootCommitment };
      const operation = { kind: 'challenge', taskId, ...facts, ...claim } as const;
      const { height, nonce } = await sender.send(operation, retry);
      run.claims.set(`${taskId}|${attempt}`, nonce);
      return { height, bond: 0n };
    }, retry);
    if (typeof sent === 'string') report({ kind: 'unchallenged', taskId, provider, code: sent });
    else if (sent !== undefined) report({ kind: 'challenged', taskId, provider, ...sent });
    return sent !== undefined;
  } catch (error) {
    if (!(error instanceof AivmError)) throw error;
    report({ kind: 'unchallenged', taskId, provider, code: error.code });
    return false;
  }
}

/**
 * Computes a posted result of a network again, in one pass over the finished text, and challenges it when it is wrong. What
 * is hashed for a challenge is hashed only then.
 *
 * @returns whether nothing is left to do about this result
 */
export async function judgeNetworkResult(
  listed: TaskFacts,
  traces: OwnTraces,
  run: WatcherRun,
): Promise<boolean> {
  const task = await bindOpen(listed, run);
  if (task === undefined) return false;
  assertInput(task);
  const { id: taskId, provider, output: posted } = task;
  const computed = await retryTransient(() => traces.recompute(task, run.retry.signal), run.retry);
  if (computed === undefined) return false;
  if (equalBytes(computed, posted)) {
    run.report({ kind: 'confirmed', taskId, provider });
    return true;
  }
  run.report({ kind: 'mismatch', taskId, provider, posted, computed });
  return challenge(task, traces, run);
}
