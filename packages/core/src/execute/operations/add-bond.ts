import type { OperationOf } from '../../tx/operations/operations.ts';
import { type BlockContext, writeProvider } from '../context/block-context.ts';
import { debit } from '../economy/money.ts';
import { ownProvider, requireActive } from '../providers/own-provider.ts';

/** Adds to the bond of an active provider. */
export function processAddBond(
  context: BlockContext,
  sender: Uint8Array,
  operation: OperationOf<'addBond'>,
): void {
  const provider = ownProvider(context, sender, operation.id);
  requireActive(provider);
  debit(context, sender, operation.amount, 'bond');
  writeProvider(context, { ...provider, bond: provider.bond + operation.amount });
}
