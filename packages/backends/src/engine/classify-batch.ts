import { ZERO_32 } from '@aivm/core/bytes';
import { serializeInferenceWeights } from '@aivm/core/kernels';
import { InferenceOp, InferenceResult } from '@aivm/core/layout';
import type { AsyncKernelBackend } from './async-kernel-backend.ts';

const INPUT_BYTES = 32;

/**
 * The classifier alone over many inputs, through kernel 5 of any engine.
 * @param parameters the model's 598 bytes
 * @param inputs 32 int8 each, as bytes
 * @returns one int8 each, as bytes
 * @throws what the engine's `inferenceStep` throws
 */
export async function classifyBatch(
  backend: Pick<AsyncKernelBackend, 'name' | 'inferenceStep'>,
  parameters: Uint8Array,
  inputs: Uint8Array,
): Promise<Uint8Array> {
  if (inputs.length % INPUT_BYTES !== 0) {
    throw new RangeError(`inputs: expected a multiple of ${INPUT_BYTES} bytes, got ${inputs.length}`);
  }
  const count = inputs.length / INPUT_BYTES;
  const weights = serializeInferenceWeights({ parameters, modelHash: ZERO_32, configHash: ZERO_32 });
  const outputs = new Uint8Array(count);
  const results = InferenceResult.createArena(count);
  await backend.inferenceStep(weights, createOps(count), inputs, outputs, results);
  for (let index = 0; index < count; index++) {
    const { Status, OutputLen } = InferenceResult.at(results, index);
    // The ops are made here, so no engine has a reason to refuse one.
    if (Status !== 0 || OutputLen !== 1) throw new Error(`${backend.name}: op ${index} has status ${Status}`);
  }
  return outputs;
}

/** Ops in mode 0, which commits to no attestation root: nobody reads one here. */
function createOps(count: number): Uint8Array {
  const ops = InferenceOp.createArena(count);
  const data = new DataView(ops.buffer);
  const { InputOffset, InputLen, OutputOffset, OutputCapacity } = InferenceOp.fields;
  for (let index = 0; index < count; index++) {
    const op = index * InferenceOp.SIZE;
    data.setUint32(op + InputOffset.offset, index * INPUT_BYTES, true);
    data.setUint32(op + InputLen.offset, INPUT_BYTES, true);
    data.setUint32(op + OutputOffset.offset, index, true);
    data.setUint32(op + OutputCapacity.offset, 1, true);
  }
  return ops;
}
