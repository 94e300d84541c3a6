import { type AivmError, requireThat } from '../../errors/aivm-error.ts';
import type { Transaction } from '../../tx/transaction.ts';
import type { BlockContext } from '../context/block-context.ts';
import { BlockRoom } from '../context/block-room.ts';
import { applyTransaction } from './apply-transaction.ts';
import { type BlockParent, createContext } from './execute-block.ts';

/**
 * Transactions tried one after the other on a parent's state, each once: what a pool keeps for a sender, so that the
 * next transaction of a long row costs one execution and not the row's length. Timers and assignment of the next block
 * are left out, so a pool can be wrong about a transaction that depends on them.
 */
export class DryRun {
  readonly #context: BlockContext;

  constructor(parent: BlockParent) {
    this.#context = createContext(parent, { timestamp: parent.header.timestamp });
  }

  /**
   * Applies a transaction that would take effect.
   * @throws AivmError why it would not; the run is then as it was before.
   */
  try(tx: Transaction): void {
    const mark = this.#context.state.mark();
    try {
      const error = this.apply(tx);
      if (error !== undefined) throw error;
    } catch (error) {
      this.#context.state.revert(mark);
      throw error;
    }
  }

  /**
   * Applies a transaction as a block would: one whose operation fails pays and uses its nonce.
   * @returns why its operation failed. @throws AivmError why it can be in no block; nothing is changed then.
   */
  apply(tx: Transaction): AivmError | undefined {
    requireThat(
      BlockRoom.ofLane(this.#context.params, 'plain').take(tx),
      'too_large',
      () => `transaction: ${tx.bytes.length} bytes do not fit an empty block`,
    );
    return applyTransaction(this.#context, tx).error;
  }
}
