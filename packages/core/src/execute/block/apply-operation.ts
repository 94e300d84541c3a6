import type { Operation } from '../../tx/operations/operations.ts';
import type { Transaction } from '../../tx/transaction.ts';
import type { BlockContext } from '../context/block-context.ts';
import { HANDLERS } from '../operations/handlers.ts';

/** Runs the operation of a transaction. @throws AivmError if it is refused; the caller undoes what it changed. */
export function applyOperation(
  context: BlockContext,
  { sender, operation }: Transaction,
  work: number,
): void {
  const handle = HANDLERS[operation.kind] as (
    context: BlockContext,
    sender: Uint8Array,
    operation: Operation,
    work: number,
  ) => void;
  handle(context, sender, operation, work);
}
