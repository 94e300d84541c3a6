import type { OperationOf } from '../../tx/operations/operations.ts';
import type { BlockContext } from '../context/block-context.ts';
import { modelClassOf } from '../models/model-classes.ts';
import { releaseWeights, storeWeights } from '../models/weights.ts';

import { ownModel, updateModel } from '../registry/own-model.ts';

/** Versions saturate where kernel 2 does. */
const VERSION_MAX = (1n << 64n) - 1n;

/** Replaces the weights. Tasks that are open keep the ones they were submitted under. */
export function processUpdateModelWeights(
  context: BlockContext,
  sender: Uint8Array,
  operation: OperationOf<'updateModelWeights'>,
): void {
  const model = ownModel(context, sender, operation.id);
  const version = model.version < VERSION_MAX ? model.version + 1n : VERSION_MAX;
  const modelClass = modelClassOf(model);
  const weightHash = modelClass.hashNewWeights(operation);
  if (modelClass.weights === 'stored') {
    storeWeights(context, weightHash, operation.weights);
    releaseWeights(context, model);
  }
  updateModel(context, 'updateWeights', { ...model, weightHash, version });
  context.events.push({ kind: 'model', model: model.id, change: 'weights' });
}
