import { isZeroBytes } from '../../bytes/bytes.ts';
import { requireThat } from '../../errors/aivm-error.ts';
import type { OperationOf } from '../../tx/operations/operations.ts';
import type { BlockContext } from '../context/block-context.ts';

import { ownModel, updateModel } from '../registry/own-model.ts';

/** Gives the model to another account. */
export function processTransferModel(
  context: BlockContext,
  sender: Uint8Array,
  operation: OperationOf<'transferModel'>,
): void {
  const model = ownModel(context, sender, operation.id);
  requireThat(!isZeroBytes(operation.owner), 'malformed', () => 'owner: the zero address');
  updateModel(context, 'transfer', { ...model, owner: operation.owner });
  context.events.push({ kind: 'model', model: model.id, change: 'transferred' });
}
