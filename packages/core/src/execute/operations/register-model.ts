import type { OperationOf } from '../../tx/operations/operations.ts';
import type { BlockContext } from '../context/block-context.ts';
import { debit } from '../economy/money.ts';
import { modelClassOf } from '../models/model-classes.ts';
import { checkModel, storeModel } from '../registry/store-model.ts';

/** Registers a model and locks its deposit. */
export function processRegisterModel(
  context: BlockContext,
  sender: Uint8Array,
  operation: OperationOf<'registerModel'>,
): void {
  checkModel(context, operation);
  const extra = modelClassOf(operation).extraDeposit?.(context, operation) ?? 0n;
  const deposit = context.params.modelDeposit + extra;
  debit(context, sender, deposit, 'model deposit');
  storeModel(context, operation, { owner: sender, deposit, genesis: false });
}
