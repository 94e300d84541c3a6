import { INFERENCE_STATUS } from '@aivm/core/kernels';
import { InferenceInDim, InferenceOp, InferenceResult } from '@aivm/core/layout';
import type { ComputeKernel } from './compute-kernel.ts';
import { viewOf } from './host-words.ts';
import { SCORE_OFFSET } from './inference-wgsl.ts';
import type { OpenDevice } from './open-device.ts';
import { runBatch } from './run-batch.ts';

const { InputOffset, OutputOffset } = InferenceOp.fields;

/** The arenas of a call whose arguments were checked. */
export interface InferenceArenas {
  readonly weights: Uint8Array;
  readonly ops: Uint8Array;
  readonly inputs: Uint8Array;
  readonly outputs: Uint8Array;
  readonly results: Uint8Array;
}

/**
 * The 32 bytes that each op reads, side by side: offsets need no alignment, and a device sees no byte outside of them.
 * Where they lie so already, which is the common case, nothing is copied.
 */
function gatherInputs(ops: Uint8Array, inputs: Uint8Array, first: number): Uint8Array {
  const count = ops.length / InferenceOp.SIZE;
  const view = viewOf(ops);
  const offsetOf = (index: number): number =>
    view.getUint32(index * InferenceOp.SIZE + InputOffset.offset, true);
  let straight = 0;
  while (straight < count && offsetOf(straight) === (first + straight) * InferenceInDim) straight++;
  if (straight === count) return inputs.subarray(first * InferenceInDim, (first + count) * InferenceInDim);
  const gathered = new Uint8Array(count * InferenceInDim);
  for (let index = 0; index < count; index++) {
    const offset = offsetOf(index);
    // Only ops that run have offsets that fit; the others' inputs are not looked at.
    if (offset + InferenceInDim > inputs.length) continue;
    gathered.set(inputs.subarray(offset, offset + InferenceInDim), index * InferenceInDim);
  }
  return gathered;
}

/** Moves every op's output byte out of its result, in the order of the ops: the last writer of a byte wins. */
function scatterOutputs(ops: Uint8Array, answer: Uint8Array, outputs: Uint8Array): void {
  const [opView, answerView] = [viewOf(ops), viewOf(answer)];
  for (let index = 0; index * InferenceOp.SIZE < ops.length; index++) {
    const result = index * InferenceResult.SIZE;
    if (answerView.getUint32(result, true) !== INFERENCE_STATUS.ok) continue;
    const offset = opView.getUint32(index * InferenceOp.SIZE + OutputOffset.offset, true);
    outputs[offset] = answer[result + SCORE_OFFSET] as number;
    answer[result + SCORE_OFFSET] = 0;
  }
}

/** Kernel 5 on a device. `outputs` and `results` are written once everything has arrived. */
export async function inferenceOnDevice(
  device: OpenDevice,
  kernel: ComputeKernel,
  { weights, ops, inputs, outputs, results }: InferenceArenas,
): Promise<void> {
  const answer = await runBatch(device, kernel, {
    count: ops.length / InferenceOp.SIZE,
    shared: weights,
    inputsOf: (first, count) => {
      const inChunk = ops.subarray(first * InferenceOp.SIZE, (first + count) * InferenceOp.SIZE);
      return [inChunk, gatherInputs(inChunk, inputs, first)];
    },
  });
  scatterOutputs(ops, answer, outputs);
  results.set(answer);
}
