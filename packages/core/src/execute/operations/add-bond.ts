import type { OperationOf } from '../../tx/operations/operations.ts';
import { type BlockContext, writeProvider } from '../context/block-context.ts';
import { debit } from '../economy/money.ts';
import { coversSeat, ownProvider, requireActive, requireUnconvicted } from '../providers/own-provider.ts';
import { enterLists } from '../providers/provider-lists.ts';

/** Adds to the bond of an active provider, which is back in its lists once a seat's least bond is there again. */
export function processAddBond(
  context: BlockContext,
  sender: Uint8Array,
  operation: OperationOf<'addBond'>,
): void {
  const provider = ownProvider(context, sender, operation.id);
  requireActive(provider);
  requireUnconvicted(context, provider);
  debit(context, sender, operation.amount, 'bond');
  const richer = { ...provider, bond: provider.bond + operation.amount };
  writeProvider(context, richer);
  if (coversSeat(context, richer)) enterLists(context, richer);
}
