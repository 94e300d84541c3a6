import {
  ELEMENT_SIZE,
  type Network,
  type NetworkInput,
  runningOperator,
  shapeOf,
  TASK_INPUT,
  tensorOffset,
  viewElements,
} from '../../../src/network/index.ts';
import type { Random } from './random.ts';

/** One element of a trace. */
export interface Fault {
  readonly tensor: number;
  readonly element: number;
}

export function randomUnit(network: Network, random: Random): Fault {
  const tensor = random.int(0, network.tensorCount - 1);
  return { tensor, element: random.int(0, shapeOf(network, tensor).count - 1) };
}

/** The leaf and the element in it of a unit. */
export function placeOf(network: Network, { tensor, element }: Fault): { leaf: number; element: number } {
  const size = ELEMENT_SIZE[shapeOf(network, tensor).type];
  const byte = tensorOffset(network, tensor) + element * size;
  const leaf = Math.floor(byte / 128);
  return { leaf, element: (byte - leaf * 128) / size };
}

/** An honest trace with one wrong bit, from which all that follows was computed: a lie that is consistent otherwise. */
export function lie(
  network: Network,
  input: NetworkInput,
  blob: Uint8Array,
  honest: Uint8Array,
  fault: Fault,
  bit: number,
): Uint8Array {
  const bytes = Uint8Array.from(honest);
  const view = (tensor: number) => {
    const { type, count } = shapeOf(network, tensor);
    return viewElements(type, bytes.buffer, tensorOffset(network, tensor), count);
  };
  const taskInput = network.input;
  const given =
    taskInput && viewElements(taskInput.type, Uint8Array.from(input.bytes).buffer, 0, taskInput.count);
  const size = ELEMENT_SIZE[shapeOf(network, fault.tensor).type];
  const at = tensorOffset(network, fault.tensor) + fault.element * size + (bit >> 3);
  bytes[at] = bytes[at]! ^ (1 << (bit & 7));
  for (let tensor = fault.tensor + 1; tensor < network.tensorCount; tensor++) {
    const { operator, node, inputs, place } = runningOperator(network, tensor);
    operator.run(node, {
      inputs: inputs.map((index) => (index === TASK_INPUT ? given! : view(index))),
      output: view(tensor),
      blob: blob.subarray(place),
      tokens: input.tokens,
    });
  }
  return bytes;
}
