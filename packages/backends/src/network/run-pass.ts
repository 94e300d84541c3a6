import {
  RUN_BYTES_MAX,
  runningOperator,
  shapeOf,
  sizeOf,
  TASK_INPUT,
  type TensorData,
  type Trace,
  tensorOffset,
  viewElements,
} from '@aivm/core/network';
import type { PassParameters } from './network-engine.ts';
import type { RunOperator } from './run-operator.ts';
import { createTimeSlice } from './time-slice.ts';

/**
 * The reference pass of core's `runNetwork`, in steps of one operator, between which others have their turn.
 *
 * @param blob exactly as many bytes as the header states, at a multiple of 8
 * @param run how one operator is computed
 */
export async function runPass(
  { network, input }: PassParameters,
  blob: Uint8Array,
  run: RunOperator,
): Promise<Trace> {
  const { traceBytes, tensorCount } = network;
  if (traceBytes > RUN_BYTES_MAX)
    throw new RangeError(`network: expected a trace of at most ${RUN_BYTES_MAX} bytes, got ${traceBytes}`);
  const taskInput = network.input === undefined ? undefined : inputView(network.input, input.bytes);
  const bytes = new Uint8Array(traceBytes);
  const view = (tensor: number): TensorData => {
    const { type, count } = shapeOf(network, tensor);
    return viewElements(type, bytes.buffer, tensorOffset(network, tensor), count);
  };
  const pause = createTimeSlice();
  for (let tensor = 0; tensor < tensorCount; tensor++) {
    const running = runningOperator(network, tensor);
    const { node, inputs, place } = running;
    run(tensor, running, node, {
      inputs: inputs.map((index) => (index === TASK_INPUT ? taskInput! : view(index))),
      output: view(tensor),
      blob: blob.subarray(place),
      tokens: input.tokens,
    });
    await pause();
  }
  const start = tensorOffset(network, tensorCount - 1);
  return { bytes, output: bytes.subarray(start, start + sizeOf(shapeOf(network, tensorCount - 1))) };
}

function inputView(shape: NonNullable<PassParameters['network']['input']>, bytes: Uint8Array): TensorData {
  if (bytes.length !== sizeOf(shape))
    throw new RangeError(`input.bytes: expected ${sizeOf(shape)} bytes, got ${bytes.length}`);
  return viewElements(shape.type, Uint8Array.from(bytes).buffer, 0, shape.count);
}
