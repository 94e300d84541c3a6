import { bytesToHex, equalBytes } from '@aivm/core/bytes';
import { namedHash } from '@aivm/core/crypto';
import { AivmError } from '@aivm/core/errors';
import { readTask, stateKeys } from '@aivm/core/state';
import type { Client } from '../client/create-client.ts';
import type { ReceiptFile } from '../schemas/proof.ts';
import type { Task } from '../schemas/task.ts';
import { verifyReceipt } from '../verify/receipt-file.ts';
import { proveKey } from './network-facts.ts';

/** The receipt of a final answer, checked against the header of a block. */
export interface VerifiedReceipt {
  readonly index: number;
  /** The receipt with its proof: `stringifyJson(receiptFileToJson(file))` is a receipt file. */
  readonly file: ReceiptFile;
  readonly blockId: Uint8Array;
  readonly height: number;
  /** How many witnesses have this block at its height; with none it is the node's own word. */
  readonly confirmedBy: number;
}

const refuse = (client: Client, task: Task, what: string): AivmError =>
  new AivmError('malformed', `${client.url}: task "${task.id}": ${what}`);

/** Every witness must have the block. @throws AivmError `malformed` where one has another */
async function confirm(witnesses: readonly Client[], height: number, blockId: Uint8Array): Promise<number> {
  for (const witness of witnesses) {
    const block = await witness.getBlock(height);
    if (equalBytes(block.id, blockId)) continue;
    const shown = `0x${bytesToHex(block.id)}, not 0x${bytesToHex(blockId)}`;
    throw new AivmError('malformed', `${witness.url}: block ${height} is ${shown}`);
  }
  return witnesses.length;
}

/**
 * The receipt of a final task: its proof holds, and it is about this task, input and output.
 * @throws AivmError `malformed` where the node's answers do not fit each other
 */
export async function verifyFinalAnswer(
  client: Client,
  task: Task,
  witnesses: readonly Client[],
): Promise<VerifiedReceipt> {
  const { receipt_index: index, output_bytes: output } = task;
  if (index === undefined || output === undefined)
    throw refuse(client, task, 'final without a receipt or an output');
  const file = await client.getReceiptProof(index);
  const verdict = verifyReceipt(file);
  if (!verdict.isValid) throw refuse(client, task, `receipt ${index}: ${verdict.detail}`);
  const { receipt } = verdict;
  if (receipt.jobId !== task.id) throw refuse(client, task, `receipt ${index} is of task "${receipt.jobId}"`);
  if (!equalBytes(receipt.inputHash, namedHash('Input', task.input_bytes)))
    throw refuse(client, task, `receipt ${index} is about another input`);
  if (!equalBytes(receipt.outputHash, namedHash('Output', output)))
    throw refuse(client, task, `receipt ${index} is about another output`);
  const { height } = verdict.header;
  const confirmedBy = await confirm(witnesses, height, verdict.blockId);
  return { index, file, blockId: verdict.blockId, height, confirmedBy };
}

/**
 * Holds an answer that is not final against the task's record in the state.
 * @throws AivmError `malformed` where the state has another output, or none
 */
export async function verifyOpenAnswer(client: Client, task: Task): Promise<void> {
  const { output_bytes: output = new Uint8Array(0) } = task;
  const record = readTask(await proveKey(client, stateKeys.task(task.id)), task.id);
  if (record === undefined) throw refuse(client, task, 'the state has no such task');
  if (!equalBytes(record.outputHash, namedHash('Output', output)))
    throw refuse(client, task, 'the state has another output');
}
