import { bytesToHex, equalBytes } from '@aivm/core/bytes';
import { namedHash } from '@aivm/core/crypto';
import { AivmError } from '@aivm/core/errors';
import { stateKeys } from '@aivm/core/state';
import type { Client } from '../client/create-client.ts';
import type { Dispute } from '../schemas/dispute.ts';

/** What names a result that a dispute is about. */
export type DisputedResult = Pick<
  Dispute,
  'id' | 'task_id' | 'provider' | 'posted_hash' | 'opened_at_height'
>;

/** What the verdict about a result of a network follows from, besides the moves. */
export interface DisputedFacts {
  /** Bytes of the network's header. */
  readonly header: Uint8Array;
  /** 32 bytes. */
  readonly weightHash: Uint8Array;
  readonly input: Uint8Array;
  /** The output in dispute. */
  readonly output: Uint8Array;
}

/** The heights at which the provider of a dispute answered its task, oldest first. */
async function heightsPosted(
  client: Client,
  dispute: DisputedResult,
  createdAt: number,
): Promise<readonly number[]> {
  const heights: number[] = [];
  for await (const event of client.subscribeEvents({ after: { height: createdAt, index: -1 } })) {
    const { kind, height } = event;
    const isPosted = kind === 'task' && event.task_id === dispute.task_id && event.reason === 'posted';
    if (isPosted && event.provider === dispute.provider) heights.push(height);
    if (kind === 'block' && height >= dispute.opened_at_height) break;
  }
  return heights;
}

async function postedIn(
  client: Client,
  height: number,
  dispute: DisputedResult,
): Promise<Uint8Array | undefined> {
  const { transactions } = await client.getBlock(height);
  for (const { hash, kind, code } of transactions) {
    if (kind !== 'submitResult' || code !== '') continue;
    const { operation } = await client.getTransaction(hash);
    if (operation.kind !== 'submitResult' || operation.taskId !== dispute.task_id) continue;
    const output = operation.output as Uint8Array;
    if (equalBytes(namedHash('Output', output), dispute.posted_hash)) return output;
  }
  return undefined;
}

/**
 * The output that a dispute is about, from the transaction that posted it, held against the hash in the dispute: the state
 * forgets an output that was shown to be wrong.
 * @param createdAt height of the block that admitted the task
 * @throws AivmError `not_found` if no block up to the challenge has it
 * @example
 * const { id: task_id, output_hash, created_at_height, ended_at_height, output_bytes } = await client.getTask('t-1');
 * const dispute = { id: output_hash, task_id, provider: 'p-1', posted_hash: output_hash, opened_at_height: ended_at_height };
 * await readPostedOutput(client, dispute, created_at_height) // output_bytes
 */
export async function readPostedOutput(
  client: Client,
  dispute: DisputedResult,
  createdAt: number,
): Promise<Uint8Array> {
  for (const height of await heightsPosted(client, dispute, createdAt)) {
    const output = await postedIn(client, height, dispute);
    if (output !== undefined) return output;
  }
  throw new AivmError('not_found', `dispute 0x${bytesToHex(dispute.id)}: no block has the posted result`);
}

/**
 * Header, weights, input and output of a disputed result of a network: with the moves, all that its verdict follows from.
 * @throws AivmError `not_found` where one of them is missing
 * @example
 * const result = { id: new Uint8Array(32), task_id: 't-1', provider: 'p-1', posted_hash: new Uint8Array(32), opened_at_height: 1 };
 * await readDisputedFacts(client, result).catch(({ code }) => code) // 'not_found'
 */
export async function readDisputedFacts(client: Client, dispute: DisputedResult): Promise<DisputedFacts> {
  const task = await client.getTask(dispute.task_id);
  const { value: header } = await client.getStateProof(stateKeys.networkHeader(task.model_root));
  if (header === undefined)
    throw new AivmError('not_found', `model ${task.model}: the state has no network of it`);
  const output = await readPostedOutput(client, dispute, task.created_at_height);
  return { header, weightHash: task.weight_hash, input: task.input_bytes, output };
}
