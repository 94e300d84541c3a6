import { TASK_INPUT } from '../header/header.ts';
import { type Network, type RunningOperator, shapeOf, tensorOffset } from '../header/network.ts';
import type { NetworkInput } from '../header/network-input.ts';
import { ELEMENT_SIZE, type TensorData, viewElements } from '../model/element-type.ts';
import type { UnitReader } from '../operators/operator.ts';
import { type ByteSource, wholeBytes } from './byte-source.ts';

/** Serves the unit of `running` from a trace and a blob. */
export function createUnitReader(
  network: Network,
  running: RunningOperator,
  input: NetworkInput,
  { trace, blob }: { readonly trace: ByteSource; readonly blob: ByteSource },
): UnitReader {
  const elements = (index: number, start: number, count: number): TensorData => {
    const tensor = running.inputs[index]!;
    const { type } = shapeOf(network, tensor);
    const size = ELEMENT_SIZE[type];
    const [source, offset] =
      tensor === TASK_INPUT ? [wholeBytes(input.bytes), 0] : [trace, tensorOffset(network, tensor)];
    const { buffer, byteOffset } = source.read(offset + start * size, count * size);
    return viewElements(type, buffer, byteOffset, count);
  };
  return {
    numbers: (index, start, count) => {
      const data = elements(index, start, count);
      if (data instanceof BigInt64Array) throw new TypeError(`input ${index}: expected at most 32 bits`);
      return data;
    },
    integers: (index, start, count) => {
      const data = elements(index, start, count);
      if (!(data instanceof BigInt64Array)) throw new TypeError(`input ${index}: expected 64 bits`);
      return data;
    },
    blob: (offset, size) => blob.read(running.place + offset, size),
    token: (position) => input.tokens[position] ?? 0,
  };
}
