import { createBlock, type StatelessBlock, TIMESTAMP_MAX } from '../block/block.ts';
import type { AivmError } from '../errors/aivm-error.ts';
import type { KernelBackend } from '../kernels/backend.ts';
import type { Transaction } from '../tx/transaction.ts';
import { applyTransaction } from './apply-transaction.ts';
import type { BlockContext } from './block-context.ts';
import { BlockRoom } from './block-room.ts';
import { canonicalOrder } from './canonical-order.ts';
import { type BlockParent, beginBlock, createContext, createHeader, finishBlock } from './execute-block.ts';
import { isRejection } from './rejection.ts';
import type { ExecutionResult, Outcome } from './result.ts';

/** A block proposal and what it left out. */
export interface BuiltBlock {
  readonly block: StatelessBlock;
  readonly result: ExecutionResult;
  /** Transactions that can never be in a block on this parent. */
  readonly dropped: readonly { readonly tx: Transaction; readonly error: AivmError }[];
  /** Transactions that wait for room or for an earlier nonce. */
  readonly postponed: readonly Transaction[];
}

/** Keeps, by arrival, what fits; the rest waits. */
function selectByArrival(
  context: BlockContext,
  candidates: readonly Transaction[],
): {
  readonly selected: readonly Transaction[];
  readonly postponed: Transaction[];
} {
  const room = new BlockRoom(context.params);
  const selected: Transaction[] = [];
  const postponed: Transaction[] = [];
  for (const tx of candidates) (room.take(tx) ? selected : postponed).push(tx);
  return { selected, postponed };
}

/**
 * Proposes a block on `parent`. `candidates` come by arrival, a sender's in nonce order; the block carries them in
 * canonical order.
 */
export function buildBlock(proposal: {
  readonly parent: BlockParent;
  /** Seconds, not below the parent's. */
  readonly timestamp: number;
  readonly candidates: readonly Transaction[];
  /** The engine of a kernel round, where this block closes an epoch; the reference by default. */
  readonly kernels?: KernelBackend;
}): BuiltBlock {
  const { parent, timestamp, candidates, kernels } = proposal;
  if (timestamp < parent.header.timestamp || timestamp > TIMESTAMP_MAX) {
    throw new RangeError(`timestamp: expected ${parent.header.timestamp}…${TIMESTAMP_MAX}, got ${timestamp}`);
  }
  const height = parent.header.height + 1;
  const context = createContext(parent.state, { height, timestamp, parentId: parent.id }, kernels);
  beginBlock(context);
  const { selected, postponed } = selectByArrival(context, candidates);
  const transactions: Transaction[] = [];
  const dropped: { tx: Transaction; error: AivmError }[] = [];
  const outcomes: Outcome[] = [];
  const details: string[] = [];
  for (const tx of canonicalOrder(parent.id, selected)) {
    try {
      const { outcome, error } = applyTransaction(context, tx);
      transactions.push(tx);
      outcomes.push(outcome);
      details.push(error?.detail ?? '');
    } catch (error) {
      if (!isRejection(error)) throw error;
      if (error.code === 'nonce_gap') postponed.push(tx);
      else dropped.push({ tx, error });
    }
  }
  const result = finishBlock(context, parent.state, { outcomes, details });
  return {
    block: createBlock(createHeader(context, transactions, result), transactions),
    result,
    dropped,
    postponed,
  };
}
