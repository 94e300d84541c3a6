import { providerRewards, recoveredOperator } from '@aivm/core/execute';
import {
  isUsable,
  liveAttestation,
  type ProviderRecord,
  readChain,
  readTaskInput,
  readTaskOutput,
  readWholePanel,
  Settlement,
  type TaskRecord,
} from '@aivm/core/state';
import { type Provider, providerToShape, type Task, taskToShape } from '@aivm/sdk';
import type { NodeApi } from '../local/node-api.ts';

/** The proof bytes of the result that stands; they are in the transaction that posted it, not in the state. */
function proofOf(node: NodeApi, task: TaskRecord): Uint8Array | undefined {
  const hasResult = task.settlement === Settlement.posted || task.settlement === Settlement.final;
  const accepted = hasResult ? node.blocks.getBlock(task.postedAtHeight) : undefined;
  if (accepted === undefined) return undefined;
  for (const [i, { operation }] of accepted.block.transactions.entries()) {
    const isPosted = operation.kind === 'submitResult' && operation.taskId === task.id;
    if (isPosted && accepted.outcomes[i]?.code === '') return operation.proof;
  }
  return undefined;
}

/** Size of what people put into a task: what showing it takes grows with it. */
export function payloadBytes(node: NodeApi, task: TaskRecord): number {
  const state = node.state();
  return (readTaskInput(state, task.id)?.length ?? 0) + (readTaskOutput(state, task.id)?.length ?? 0);
}

/** A task as JSON. `withProof` costs reading a block. */
export function showTask(
  node: NodeApi,
  task: TaskRecord,
  options: { readonly withProof?: boolean } = {},
): Task {
  const state = node.state();
  const input = readTaskInput(state, task.id);
  if (input === undefined) throw new Error(`task "${task.id}" has no input in the state`);
  const proof = options.withProof === true ? proofOf(node, task) : undefined;
  return taskToShape(task, {
    input,
    output: readTaskOutput(state, task.id),
    proof,
    usable: isUsable(state, task),
    panel: readWholePanel(state, task.id),
  });
}

/** A provider as JSON. */
export function showProvider(
  node: Pick<NodeApi, 'state' | 'config' | 'lastAccepted'>,
  provider: ProviderRecord,
): Provider {
  const state = node.state();
  const { claimable } = providerRewards(state, provider);
  return providerToShape(provider, {
    operator: recoveredOperator(state, provider.operator),
    config: node.config,
    epoch: readChain(state).epoch,
    claimable,
    attestation: liveAttestation(state, provider.id, node.lastAccepted().header.timestamp),
  });
}
