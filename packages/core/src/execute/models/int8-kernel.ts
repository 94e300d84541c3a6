import { isZeroBytes, ZERO_32 } from '../../bytes/bytes.ts';
import { namedHash } from '../../crypto/named-hash.ts';
import { requireThat } from '../../errors/aivm-error.ts';
import { classify } from '../../kernels/classify.ts';
import { serializeInferenceWeights } from '../../kernels/weights.ts';
import { CheckClass } from '../../state/records/model.ts';
import { type ModelClass, NO_MEASURE } from './model-class.ts';

/** Bytes of an input, an output and the parameters of an int8-kernel model. */
export const INT8_KERNEL_INPUT_BYTES = 32;
export const INT8_KERNEL_OUTPUT_BYTES = 1;
export const INT8_KERNEL_PARAMETER_BYTES = 598;

/**
 * The right output of an int8-kernel model: kernel 5's arithmetic.
 * @param parameters 598 bytes in the order of InferenceWeights
 * @param input 32 int8 as bytes
 * @returns one int8 as a byte
 */
export const runInt8Kernel = (parameters: Uint8Array, input: Uint8Array): Uint8Array =>
  Uint8Array.of(
    classify(serializeInferenceWeights({ parameters, modelHash: ZERO_32, configHash: ZERO_32 }), input),
  );

/** The 32→16→1 network of kernel 5, whose parameters are on chain. */
export const int8Kernel = {
  number: CheckClass.int8Kernel,
  name: 'int8-kernel',
  payload: 'int8',
  weights: 'stored',
  inputBytesMax: ({ maxInputBytes }) => maxInputBytes,
  servedByAll: true,
  isTotal: true,
  judge: { kind: 'recompute', rightOutput: runInt8Kernel },

  isComparable: () => true,

  checkRegistration(_context, { weights, header, weightHash, deterministic }) {
    requireThat(
      weights.length === INT8_KERNEL_PARAMETER_BYTES,
      'malformed',
      () =>
        `weights: ${weights.length} bytes, an int8-kernel model has exactly ${INT8_KERNEL_PARAMETER_BYTES}`,
    );
    requireThat(header.length === 0, 'malformed', () => 'header: an int8-kernel model has none');
    requireThat(
      isZeroBytes(weightHash),
      'malformed',
      () => 'weightHash: the chain computes it from the weights, leave it zero',
    );
    requireThat(deterministic, 'malformed', () => 'deterministic: an int8-kernel model always is');
  },

  hashModel: (owner, { weights }) => ({
    modelRoot: namedHash('Int8Model', owner, weights),
    weightHash: namedHash('Weights', weights),
  }),

  hashNewWeights({ weights, weightHash }) {
    requireThat(
      weights.length === INT8_KERNEL_PARAMETER_BYTES && isZeroBytes(weightHash),
      'malformed',
      () =>
        `weights: an int8-kernel model has exactly ${INT8_KERNEL_PARAMETER_BYTES} bytes, and the chain computes its weightHash: leave it zero`,
    );
    return namedHash('Weights', weights);
  },

  measureTask(_context, { input }, { id }) {
    requireThat(
      input.length === INT8_KERNEL_INPUT_BYTES,
      'invalid_input',
      () => `input: ${input.length} bytes, model "${id}" takes exactly ${INT8_KERNEL_INPUT_BYTES} int8`,
    );
    return NO_MEASURE;
  },

  checkOutput(_context, { model }, output) {
    requireThat(
      output.length === INT8_KERNEL_OUTPUT_BYTES,
      'invalid_input',
      () => `output: ${output.length} bytes, model "${model}" gives exactly ${INT8_KERNEL_OUTPUT_BYTES} int8`,
    );
  },

  workOf: () => 0n,
} as const satisfies ModelClass;
