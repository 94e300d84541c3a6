import { assertBytes, isZeroBytes } from '../bytes/bytes.ts';
import { requireThat } from '../errors/aivm-error.ts';
import { InferenceWeights } from '../layout/inference-weights.ts';

const layout = InferenceWeights.fields;

/** Parameter bytes of the classifier: weights, biases and shifts, as they lie at the start of the struct. */
export const INFERENCE_PARAMETERS_SIZE: number = layout.Shift2.offset + layout.Shift2.size;

/** The parts of an {@link InferenceWeights} struct. */
export interface InferenceWeightsParts {
  /** 598 bytes: W1, B1, W2, B2, Shift1, Shift2. */
  readonly parameters: Uint8Array;
  /** 32 bytes that an op must repeat to run on these weights. */
  readonly modelHash: Uint8Array;
  /** 32 bytes that commit to how the model is configured. */
  readonly configHash: Uint8Array;
}

/**
 * The 672-byte struct of the parts, padding 0.
 * @throws TypeError or RangeError that names the part of a wrong size
 */
export function serializeInferenceWeights({
  parameters,
  modelHash,
  configHash,
}: InferenceWeightsParts): Uint8Array {
  assertBytes(parameters, 'parameters', INFERENCE_PARAMETERS_SIZE);
  assertBytes(modelHash, 'modelHash', layout.ModelHash.size);
  assertBytes(configHash, 'configHash', layout.ModelConfigHash.size);
  const bytes = new Uint8Array(InferenceWeights.SIZE);
  bytes.set(parameters, 0);
  bytes.set(modelHash, layout.ModelHash.offset);
  bytes.set(configHash, layout.ModelConfigHash.offset);
  return bytes;
}

/**
 * The parts of a 672-byte struct, each a copy.
 * @throws RangeError on another size, AivmError `malformed` where padding is not 0
 */
export function parseInferenceWeights(bytes: Uint8Array): InferenceWeightsParts {
  assertBytes(bytes, 'weights', InferenceWeights.SIZE);
  const hashesEnd = layout.ModelConfigHash.offset + layout.ModelConfigHash.size;
  const paddingIsZero =
    isZeroBytes(bytes.subarray(INFERENCE_PARAMETERS_SIZE, layout.ModelHash.offset)) &&
    isZeroBytes(bytes.subarray(hashesEnd));
  requireThat(paddingIsZero, 'malformed', () => 'weights: padding bytes are not 0');
  return {
    parameters: bytes.slice(0, INFERENCE_PARAMETERS_SIZE),
    modelHash: bytes.slice(layout.ModelHash.offset, layout.ModelConfigHash.offset),
    configHash: bytes.slice(layout.ModelConfigHash.offset, hashesEnd),
  };
}
