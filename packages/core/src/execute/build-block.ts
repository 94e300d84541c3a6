import { createBlock, type StatelessBlock } from '../block/block.ts';
import { AivmError } from '../errors/aivm-error.ts';
import type { Transaction } from '../tx/transaction.ts';
import { transactionWork } from '../tx/work.ts';
import { applyTransaction } from './apply-transaction.ts';
import type { BlockContext } from './block-context.ts';
import { canonicalOrder } from './canonical-order.ts';
import { type BlockParent, beginBlock, createContext, createHeader, finishBlock } from './execute-block.ts';
import type { ExecutionResult, Outcome } from './result.ts';

/** Bytes of a block that are not its transactions: the header and the count. */
const BLOCK_OVERHEAD_BYTES = 512;
/** The length in front of each transaction. */
const TX_OVERHEAD_BYTES = 4;

/** A block proposal and what it left out. */
export interface BuiltBlock {
  readonly block: StatelessBlock;
  readonly result: ExecutionResult;
  /** Transactions that can never be in a block on this parent. */
  readonly dropped: readonly { readonly tx: Transaction; readonly error: AivmError }[];
  /** Transactions that wait for room or for an earlier nonce. */
  readonly postponed: readonly Transaction[];
}

/** Room left in a block. */
class Room {
  #bytes: number;
  #work: number;
  #count: number;

  constructor({ params }: BlockContext) {
    this.#bytes = params.maxBlockBytes - BLOCK_OVERHEAD_BYTES;
    this.#work = params.maxBlockWork;
    this.#count = params.maxBlockTransactions;
  }

  /** Takes the room that `tx` needs. @returns false, with nothing taken, where it does not fit. */
  take(tx: Transaction): boolean {
    const bytes = tx.bytes.length + TX_OVERHEAD_BYTES;
    const work = transactionWork(tx);
    if (bytes > this.#bytes || work > this.#work || this.#count < 1) return false;
    this.#bytes -= bytes;
    this.#work -= work;
    this.#count -= 1;
    return true;
  }
}

/** Keeps, by arrival, what fits; the rest waits. */
function selectByArrival(
  context: BlockContext,
  candidates: readonly Transaction[],
): {
  readonly selected: readonly Transaction[];
  readonly postponed: Transaction[];
} {
  const room = new Room(context);
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
}): BuiltBlock {
  const { parent, timestamp, candidates } = proposal;
  if (timestamp < parent.header.timestamp) {
    throw new RangeError(`timestamp: expected at least ${parent.header.timestamp}, got ${timestamp}`);
  }
  const height = parent.header.height + 1;
  const context = createContext(parent.state, { height, timestamp, parentId: parent.id });
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
      if (!(error instanceof AivmError)) throw error;
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
