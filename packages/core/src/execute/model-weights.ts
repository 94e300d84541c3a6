import { assert } from '../errors/aivm-error.ts';
import { stateKeys } from '../state/keys.ts';
import { readWeights } from '../state/read.ts';
import { weightsCodec } from '../state/records/model.ts';
import type { BlockContext } from './block-context.ts';

/** Stores parameter bytes, or notes one more reference to them. */
export function storeWeights(context: BlockContext, weightHash: Uint8Array, parameters: Uint8Array): void {
  const known = readWeights(context.state, weightHash);
  context.state.setRecord(stateKeys.weights(weightHash), weightsCodec, {
    references: (known?.references ?? 0) + 1,
    parameters,
  });
}

/** One more open task refers to the weights. Models whose weights are not on chain have none to keep. */
export function retainWeights(context: BlockContext, weightHash: Uint8Array): void {
  const known = readWeights(context.state, weightHash);
  if (known !== undefined) storeWeights(context, weightHash, known.parameters);
}

/** One reference less; the last one takes the bytes away. */
export function releaseWeights(context: BlockContext, weightHash: Uint8Array): void {
  const known = readWeights(context.state, weightHash);
  if (known === undefined) return;
  assert(known.references > 0, 'weights without a reference');
  const key = stateKeys.weights(weightHash);
  if (known.references === 1) context.state.delete(key);
  else context.state.setRecord(key, weightsCodec, { ...known, references: known.references - 1 });
}
