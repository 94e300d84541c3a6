import { assert } from '../../errors/aivm-error.ts';
import { stateKeys } from '../../state/keys.ts';
import { readWeights } from '../../state/read.ts';
import { weightsCodec } from '../../state/records/model.ts';
import type { TaskRecord } from '../../state/records/task.ts';
import type { BlockContext } from '../context/block-context.ts';
import { modelClassOf } from './model-classes.ts';

/** Stores parameter bytes, or notes one more reference to them. */
export function storeWeights(context: BlockContext, weightHash: Uint8Array, parameters: Uint8Array): void {
  const known = readWeights(context.state, weightHash);
  context.state.setRecord(stateKeys.weights(weightHash), weightsCodec, {
    references: (known?.references ?? 0) + 1,
    parameters,
  });
}

/** What names weights and says whether they are on chain. */
type WeightsUser = Pick<TaskRecord, 'checkClass' | 'weightHash'>;

/**
 * Whether `user` counts as a reference. The weight hash of an opaque model is its owner's word: it may repeat the hash
 * of another model's weights, and must neither keep nor free them.
 */
const refersToWeights = (user: WeightsUser): boolean => modelClassOf(user).weights === 'stored';

/** One more open task refers to the weights of its model. */
export function retainWeights(context: BlockContext, task: WeightsUser): void {
  if (!refersToWeights(task)) return;
  const known = readWeights(context.state, task.weightHash);
  assert(known !== undefined, 'a task of a model without its weights');
  storeWeights(context, task.weightHash, known.parameters);
}

/** One reference less; the last one takes the bytes away. */
export function releaseWeights(context: BlockContext, task: WeightsUser): void {
  if (!refersToWeights(task)) return;
  const known = readWeights(context.state, task.weightHash);
  assert(known !== undefined && known.references > 0, 'weights without a reference');
  const key = stateKeys.weights(task.weightHash);
  if (known.references === 1) context.state.delete(key);
  else context.state.setRecord(key, weightsCodec, { ...known, references: known.references - 1 });
}
