import type { OperationOf } from '../../tx/operations/operations.ts';
import type { BlockContext } from '../context/block-context.ts';

import { ownModel, updateModel } from '../registry/own-model.ts';

/** Replaces the licence. */
export function processUpdateModelLicense(
  context: BlockContext,
  sender: Uint8Array,
  operation: OperationOf<'updateModelLicense'>,
): void {
  const model = ownModel(context, sender, operation.id);
  updateModel(context, 'updateLicense', { ...model, licenseRoot: operation.licenseRoot });
  context.events.push({ kind: 'model', model: model.id, change: 'license' });
}
