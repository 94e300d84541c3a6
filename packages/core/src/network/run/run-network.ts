import { TASK_INPUT } from '../header/header.ts';
import type { Network } from '../header/network.ts';
import { runningOperator, shapeOf, tensorOffset } from '../header/network.ts';
import type { NetworkInput } from '../header/network-input.ts';
import { type TensorData, viewElements } from '../model/element-type.ts';
import { sizeOf } from '../model/tensor.ts';
import { createHashTree, type HashTree } from '../trace/hash-tree.ts';

/** The largest trace that one buffer holds; an engine for longer ones keeps it in pieces. */
export const RUN_BYTES_MAX: number = 2 ** 31;

/** One pass over a task: every tensor, in the layout that its root commits to. */
export interface Trace {
  readonly bytes: Uint8Array;
  /** Bytes of the last tensor: the answer. */
  readonly output: Uint8Array;
}

/**
 * Runs the network by its reference: one operator after the other, whole tensors. It is defined for every blob.
 *
 * @param blob a shorter one than the header states continues with zeros, a longer one ends there
 */
export function runNetwork(network: Network, blob: Uint8Array, input: NetworkInput): Trace {
  const { traceBytes, tensorCount } = network;
  if (traceBytes > RUN_BYTES_MAX)
    throw new RangeError(`network: expected a trace of at most ${RUN_BYTES_MAX} bytes, got ${traceBytes}`);
  const bytes = new Uint8Array(traceBytes);
  const weights = alignedCopy(blob, network.header.blobBytes);
  const view = (tensor: number): TensorData => {
    const { type, count } = shapeOf(network, tensor);
    return viewElements(type, bytes.buffer, tensorOffset(network, tensor), count);
  };
  const taskInput = network.input === undefined ? undefined : inputView(network, input.bytes);
  for (let tensor = 0; tensor < tensorCount; tensor++) {
    const { operator, node, inputs, place } = runningOperator(network, tensor);
    operator.run(node, {
      inputs: inputs.map((index) => (index === TASK_INPUT ? taskInput! : view(index))),
      output: view(tensor),
      blob: weights.subarray(place),
      tokens: input.tokens,
    });
  }
  const last = tensorCount - 1;
  const start = tensorOffset(network, last);
  return { bytes, output: bytes.subarray(start, start + sizeOf(shapeOf(network, last))) };
}

/** The tree over a trace. */
export const traceTree = ({ size }: Network, { bytes }: Pick<Trace, 'bytes'>): HashTree =>
  createHashTree({ name: 'Trace', rows: size.T }, [bytes]);

function inputView({ input }: Network, bytes: Uint8Array): TensorData {
  const { type, count } = input!;
  const aligned = alignedCopy(bytes, bytes.length);
  if (bytes.length !== sizeOf(input!))
    throw new RangeError(`input.bytes: expected ${sizeOf(input!)} bytes, got ${bytes.length}`);
  return viewElements(type, aligned.buffer, aligned.byteOffset, count);
}

/** The first `size` bytes in memory that begins at a multiple of 8, behind their end zeros. */
function alignedCopy(bytes: Uint8Array, size: number): Uint8Array {
  if (bytes.byteOffset % 8 === 0 && bytes.length === size) return bytes;
  const copy = new Uint8Array(size);
  copy.set(bytes.subarray(0, size));
  return copy;
}
