import { type BlockParent, DryRun } from '@aivm/core/execute';
import type { Transaction } from '@aivm/core/tx';

/** Tries transactions of one sender, in nonce order, on a parent's state. @throws AivmError why the last one fails. */
export function checkTransactions(parent: BlockParent, transactions: readonly Transaction[]): void {
  const run = new DryRun(parent);
  for (const tx of transactions.slice(0, -1)) run.apply(tx);
  for (const tx of transactions.slice(-1)) run.try(tx);
}
