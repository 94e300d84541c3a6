import { equalBytes } from '@aivm/core/bytes';
import { namedHash } from '@aivm/core/crypto';
import { AivmError } from '@aivm/core/errors';
import { stateKeys } from '@aivm/core/state';
import type { Client, Dispute } from '@aivm/sdk';
import { toHex } from '../show.ts';

/** Blocks before a challenge in which its result is looked for: the longest window. */
const BLOCKS_BACK_MAX = 20_000;

/** What the verdict about a result of a network follows from, besides the moves. */
export interface DisputedFacts {
  readonly header: Uint8Array;
  readonly weightHash: Uint8Array;
  readonly input: Uint8Array;
  readonly output: Uint8Array;
}

/** The output that a dispute is about, from the transaction that posted it. */
async function postedOutput(client: Client, dispute: Dispute): Promise<Uint8Array> {
  const last = dispute.opened_at_height;
  for (let at = last; at >= Math.max(0, last - BLOCKS_BACK_MAX); at--) {
    const { transactions } = await client.getBlock(at);
    for (const { hash, kind, code } of transactions) {
      if (kind !== 'submitResult' || code !== '') continue;
      const { operation } = await client.getTransaction(hash);
      if (operation.kind !== 'submitResult' || operation.taskId !== dispute.task_id) continue;
      const output = operation.output as Uint8Array;
      if (equalBytes(namedHash('Output', output), dispute.posted_hash)) return output;
    }
  }
  throw new AivmError('not_found', `dispute ${toHex(dispute.id)}: no block has the posted result`);
}

/** Header, weights, input and output of a disputed result of a network. @throws AivmError `not_found` where one is missing */
export async function disputedFacts(client: Client, dispute: Dispute): Promise<DisputedFacts> {
  const task = await client.getTask(dispute.task_id);
  const { value: header } = await client.getStateProof(stateKeys.networkHeader(task.model_root));
  if (header === undefined)
    throw new AivmError('not_found', `model ${task.model}: the state has no network of it`);
  const output = await postedOutput(client, dispute);
  return { header, weightHash: task.weight_hash, input: task.input_bytes, output };
}
