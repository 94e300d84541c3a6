import { equalBytes } from '@aivm/core/bytes';
import { namedHash } from '@aivm/core/crypto';
import { runInt8Kernel } from '@aivm/core/execute';
import { readWeights, stateKeys } from '@aivm/core/state';
import { type Client, type Dispute, readPostedOutput } from '@aivm/sdk';

/** An answer of an int8-kernel model, computed again in this browser. */
export interface KernelRecompute {
  readonly input: readonly number[];
  readonly posted: readonly number[];
  readonly computed: readonly number[];
  readonly isPostedRight: boolean;
  readonly isClaimRight: boolean;
}

const int8Of = (bytes: Uint8Array): readonly number[] => [...Int8Array.from(bytes)];

/**
 * Runs kernel 5 over the task's own input and weights, as the chain did when it judged.
 * @throws Error where the state has the weights no more, because nothing refers to them
 */
export async function recomputeKernel(client: Client, dispute: Dispute): Promise<KernelRecompute> {
  const task = await client.getTask(dispute.task_id);
  const key = stateKeys.weights(task.weight_hash);
  const { value } = await client.getStateProof(key);
  if (value === undefined) throw new Error('the weights of this task are no longer in the state');
  const weights = readWeights(
    { get: (asked: Uint8Array) => (equalBytes(asked, key) ? value : undefined) },
    task.weight_hash,
  );
  if (weights === undefined) throw new Error('the weights of this task are no longer in the state');
  const posted = await readPostedOutput(client, dispute, task.created_at_height);
  const computed = runInt8Kernel(weights.parameters, task.input_bytes);
  const right = namedHash('Output', computed);
  return {
    input: int8Of(task.input_bytes),
    posted: int8Of(posted),
    computed: int8Of(computed),
    isPostedRight: equalBytes(right, dispute.posted_hash),
    isClaimRight: equalBytes(right, dispute.claimed_hash),
  };
}
