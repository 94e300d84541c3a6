import { createBlock, type StatelessBlock, TIMESTAMP_MAX } from '../../block/block.ts';
import { canonicalOrder } from '../../block/canonical-order.ts';
import type { StatelessVertex } from '../../block/vertex.ts';
import { vertexSequence } from '../../block/vertex-order.ts';
import { bytesToHex } from '../../bytes/hex.ts';
import type { AivmError } from '../../errors/aivm-error.ts';
import type { KernelBackend } from '../../kernels/backend.ts';
import type { Transaction } from '../../tx/transaction.ts';
import type { BlockContext } from '../context/block-context.ts';
import { BlockRoom } from '../context/block-room.ts';
import { isRejection } from '../context/rejection.ts';
import type { ExecutionResult, Outcome } from '../context/result.ts';
import { applyTransaction } from './apply-transaction.ts';
import { type BlockParent, beginBlock, createContext, createHeader, finishBlock } from './execute-block.ts';
import { selectVertices } from './vertices.ts';

/** A block proposal and what it left out. */
export interface BuiltBlock {
  readonly block: StatelessBlock;
  readonly result: ExecutionResult;
  /** Transactions that can never be in a block on this parent. */
  readonly dropped: readonly { readonly tx: Transaction; readonly error: AivmError }[];
  /** Transactions that wait for room or for an earlier nonce, those of vertices included. */
  readonly postponed: readonly Transaction[];
}

/** Collects what a block executes. */
class Proposal {
  readonly transactions: Transaction[] = [];
  readonly outcomes: Outcome[] = [];
  readonly details: string[] = [];
  readonly dropped: { tx: Transaction; error: AivmError }[] = [];
  readonly postponed: Transaction[] = [];
  readonly #context: BlockContext;

  constructor(context: BlockContext) {
    this.#context = context;
  }

  execute(tx: Transaction): void {
    try {
      const { outcome, error } = applyTransaction(this.#context, tx);
      this.transactions.push(tx);
      this.outcomes.push(outcome);
      this.details.push(error?.detail ?? '');
    } catch (error) {
      if (!isRejection(error)) throw error;
      if (error.code === 'nonce_gap') this.postponed.push(tx);
      else this.dropped.push({ tx, error });
    }
  }
}

/** What to make a block of. */
export interface BlockProposal {
  readonly parent: BlockParent;
  /** Seconds, not below the parent's. */
  readonly timestamp: number;
  /** By arrival, a sender's in nonce order. The block carries in canonical order what fits. */
  readonly candidates: readonly Transaction[];
  /**
   * Accepted vertices that no earlier block executed, each once, in any order. Before the candidates the block executes
   * those that have their place and fit.
   */
  readonly vertices?: readonly StatelessVertex[];
  /** The engine of a kernel round, where this block closes an epoch; the reference by default. */
  readonly kernels?: KernelBackend;
}

/** Proposes a block on `parent`. */
export function buildBlock(proposal: BlockProposal): BuiltBlock {
  const { parent, timestamp, candidates, vertices: offered = [], kernels } = proposal;
  if (timestamp < parent.header.timestamp || timestamp > TIMESTAMP_MAX) {
    throw new RangeError(`timestamp: expected ${parent.header.timestamp}…${TIMESTAMP_MAX}, got ${timestamp}`);
  }
  const height = parent.header.height + 1;
  const context = createContext(parent.state, { height, timestamp, parentId: parent.id }, kernels);
  beginBlock(context);
  const room = new BlockRoom(context.params);
  const vertices = selectVertices(context, room, offered);
  const sequence = vertexSequence(parent.id, vertices);
  const made = new Proposal(context);
  for (const tx of sequence) made.execute(tx);
  const ofVertices = new Set(sequence.map(({ id }) => bytesToHex(id)));
  const selected: Transaction[] = [];
  for (const tx of candidates) {
    if (ofVertices.has(bytesToHex(tx.id))) continue;
    (room.take(tx) ? selected : made.postponed).push(tx);
  }
  for (const tx of canonicalOrder(parent.id, selected)) made.execute(tx);
  const { transactions, outcomes, details, dropped, postponed } = made;
  const result = finishBlock(context, parent.state, { outcomes, details });
  const header = createHeader(context, { transactions, vertices }, result);
  return { block: createBlock(header, transactions, vertices), result, dropped, postponed };
}
