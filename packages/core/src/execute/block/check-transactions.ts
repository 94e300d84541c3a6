import { requireThat } from '../../errors/aivm-error.ts';
import type { Transaction } from '../../tx/transaction.ts';
import { BlockRoom } from '../context/block-room.ts';
import { applyTransaction } from './apply-transaction.ts';
import { type BlockParent, createContext } from './execute-block.ts';

/**
 * Would the last of these transactions of one sender, in nonce order, take effect in the next block? A dry run on the
 * parent's state; timers and assignment of that block are left out, so a pool may still be wrong about a transaction
 * that depends on them.
 * @throws AivmError the reason for which the last one would be refused. Earlier ones may fail.
 */
export function checkTransactions({
  parent,
  transactions,
}: {
  readonly parent: BlockParent;
  readonly transactions: readonly Transaction[];
}): void {
  const context = createContext(parent.state, {
    height: parent.header.height + 1,
    timestamp: parent.header.timestamp,
    parentId: parent.id,
  });
  for (const [i, tx] of transactions.entries()) {
    requireThat(
      new BlockRoom(context.params).take(tx),
      'too_large',
      () => `transaction: ${tx.bytes.length} bytes do not fit an empty block`,
    );
    const { error } = applyTransaction(context, tx);
    if (error !== undefined && i === transactions.length - 1) throw error;
  }
}
