import {
  type Network,
  type NetworkInput,
  runningOperator,
  type Shape,
  shapeOf,
  TASK_INPUT,
  type TensorData,
  tensorOffset,
  unitBytes,
  unitValue,
  viewElements,
  wholeBytes,
} from '@aivm/core/network';

/** A network and what it is fed. */
export interface Pass {
  readonly network: Network;
  readonly input: NetworkInput;
}

/** The elements of one tensor of a trace. */
export const viewOf = ({ network }: Pass, bytes: Uint8Array, tensor: number): TensorData => {
  const { type, count } = shapeOf(network, tensor);
  return viewElements(type, bytes.buffer, tensorOffset(network, tensor), count);
};

function rerunWhole(pass: Pass, bytes: Uint8Array, blob: Uint8Array, tensor: number): void {
  const { network, input } = pass;
  const given =
    network.input &&
    viewElements(network.input.type, Uint8Array.from(input.bytes).buffer, 0, network.input.count);
  const { operator, node, inputs, place } = runningOperator(network, tensor);
  operator.run(node, {
    inputs: inputs.map((index) => (index === TASK_INPUT ? given! : viewOf(pass, bytes, index))),
    output: viewOf(pass, bytes, tensor),
    blob: blob.subarray(place),
    tokens: input.tokens,
  });
}

/** Computes every tensor from `first` on again. */
export function rerun(pass: Pass, bytes: Uint8Array, blob: Uint8Array, first: number): void {
  for (let tensor = first; tensor < pass.network.tensorCount; tensor++) rerunWhole(pass, bytes, blob, tensor);
}

/** Elements of the text's last row, in a tensor that has a row for each token. */
function* lastRow({ dims }: Shape, axis: number): Generator<number> {
  const inner = dims.slice(axis + 1).reduce((product, dim) => product * dim, 1);
  const outer = dims.slice(0, axis).reduce((product, dim) => product * dim, 1);
  const rows = dims[axis]!;
  for (let block = 0; block < outer; block++)
    for (let i = 0; i < inner; i++) yield (block * rows + rows - 1) * inner + i;
}

/**
 * Computes every tensor of a decoder from `first` on again after a change in its last row. No earlier row reads that one,
 * so it is computed alone, element by element.
 */
export function rerunLastRow(pass: Pass, bytes: Uint8Array, blob: Uint8Array, first: number): void {
  const { network, input } = pass;
  const sources = { trace: wholeBytes(bytes), blob: wholeBytes(blob) };
  for (let tensor = first; tensor < network.tensorCount; tensor++) {
    const shape = shapeOf(network, tensor);
    const axis = shape.dims.indexOf(network.size.T);
    if (axis < 0) {
      rerunWhole(pass, bytes, blob, tensor);
      continue;
    }
    for (const element of lastRow(shape, axis)) {
      const value = unitBytes(
        network,
        { tensor, element },
        unitValue(network, { tensor, element }, input, sources),
      );
      bytes.set(value, tensorOffset(network, tensor) + element * value.length);
    }
  }
}
