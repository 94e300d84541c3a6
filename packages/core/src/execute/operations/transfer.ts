import type { OperationOf } from '../../tx/operations/operations.ts';
import type { BlockContext } from '../context/block-context.ts';
import { credit, debit } from '../economy/money.ts';

/** Moves money between accounts; an account may pay itself. */
export function processTransfer(
  context: BlockContext,
  sender: Uint8Array,
  operation: OperationOf<'transfer'>,
): void {
  debit(context, sender, operation.amount, 'transfer');
  credit(context, operation.to, operation.amount);
}
