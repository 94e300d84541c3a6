import type { StatelessBlock } from '@aivm/core/block';
import { ZERO_32 } from '@aivm/core/bytes';
import { namedHash } from '@aivm/core/crypto';
import { type Outcome, partsOf } from '@aivm/core/execute';
import type { Params, TaskRecord } from '@aivm/core/state';
import type { OperationOf, Transaction } from '@aivm/core/tx';
import type { z } from 'zod';
import { secondsToTimestamp } from '../encoding/timestamp.ts';
import type { Block, BlockSummary } from '../schemas/block.ts';
import type { Task, taskResultSchema } from '../schemas/task.ts';
import { bytesToPayload } from './payload.ts';
import { taskToShape } from './task-shape.ts';

type TaskResult = z.output<typeof taskResultSchema>;

/** What a block's JSON needs besides the block. */
export interface BlockSurroundings {
  readonly outcomes: readonly Outcome[];
  readonly details: readonly string[];
  readonly params: Params;
  /** The task as it is now: what was copied into it at submission never changes. */
  readonly getTask: (id: string) => TaskRecord | undefined;
}

/**
 * A block without its contents.
 * @example blockToSummary(block).height // block.header.height
 */
export const blockToSummary = ({ id, header, transactions }: StatelessBlock): BlockSummary => ({
  id,
  parentID: header.parentId,
  height: header.height,
  timestamp: secondsToTimestamp(header.timestamp),
  merkleRoot: header.receiptsRoot,
  hash: id,
  header,
  transaction_count: transactions.length,
});

/** The task as the block admitted it: what came after is taken back. */
function admittedTask(
  { header }: StatelessBlock,
  task: TaskRecord,
  tx: Transaction,
  { admission, params }: { readonly admission: bigint; readonly params: Params },
): Task {
  if (tx.operation.kind !== 'submitTask') throw new TypeError('tx: expected a submitTask');
  const { input } = tx.operation;
  const admitted: TaskRecord = {
    ...task,
    requester: tx.sender,
    status: 0,
    settlement: 0,
    waitReason: 0,
    attempt: 0,
    assignedTo: '',
    createdAtHeight: header.height,
    createdAt: header.timestamp,
    assignedAtHeight: 0,
    endedAtHeight: 0,
    usable: false,
    receiptNumber: 0,
    burned: admission,
    escrow: partsOf({ params }, task),
    outputHash: ZERO_32,
    inputHash: namedHash('Input', input),
    error: '',
  };
  return taskToShape(admitted, { input });
}

function resultOf(operation: OperationOf<'submitResult'>, task: TaskRecord): TaskResult {
  const hasOutput = operation.error === '';
  return {
    task_id: operation.taskId,
    provider_id: operation.provider,
    output: hasOutput ? bytesToPayload(operation.output, task.checkClass).value : null,
    compute_time_ms: operation.computeTimeMs,
    proof: operation.proof,
    ...(hasOutput ? { output_bytes: operation.output } : { error: operation.error }),
  };
}

interface Contents {
  readonly tasks: Task[];
  readonly results: TaskResult[];
  readonly providerRegs: NonNullable<Block['providerRegs']>;
}

/** The operations of the block that took effect, in the Go service's three lists. */
function contentsOf(block: StatelessBlock, { outcomes, params, getTask }: BlockSurroundings): Contents {
  const contents: Contents = { tasks: [], results: [], providerRegs: [] };
  for (const [i, tx] of block.transactions.entries()) {
    const outcome = outcomes[i];
    if (outcome?.code !== '') continue;
    const { operation } = tx;
    if (operation.kind === 'registerProvider') {
      contents.providerRegs.push({
        providerId: operation.id,
        walletAddress: operation.walletAddress,
        endpoint: operation.endpoint,
      });
    }
    if (operation.kind === 'submitTask') {
      const task = getTask(operation.id);
      const price = { admission: outcome.burned, params };
      if (task !== undefined) contents.tasks.push(admittedTask(block, task, tx, price));
    }
    if (operation.kind === 'submitResult') {
      const task = getTask(operation.taskId);
      if (task !== undefined) contents.results.push(resultOf(operation, task));
    }
  }
  return contents;
}

/**
 * The Go service's Block of a block and its outcomes; empty lists are left out, as Go does.
 * @example blockToShape(block, { outcomes, details, params, getTask: (id) => readTask(state, id) }).id // block.id
 */
export function blockToShape(block: StatelessBlock, around: BlockSurroundings): Block {
  const { tasks, results, providerRegs } = contentsOf(block, around);
  return {
    ...blockToSummary(block),
    ...(tasks.length === 0 ? {} : { tasks }),
    ...(results.length === 0 ? {} : { results }),
    ...(providerRegs.length === 0 ? {} : { providerRegs }),
    transactions: block.transactions.map((tx, i) => {
      const detail = around.details[i] ?? '';
      return {
        hash: tx.id,
        sender: tx.sender,
        kind: tx.operation.kind,
        code: around.outcomes[i]?.code ?? '',
        ...(detail === '' ? {} : { detail }),
      };
    }),
  };
}
