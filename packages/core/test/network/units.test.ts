import { describe, expect, it } from 'vitest';
import {
  createNetwork,
  createUnitReader,
  ELEMENT_SIZE,
  type Network,
  type NetworkInput,
  OPERATOR_KINDS,
  runNetwork,
  runningOperator,
  shapeOf,
  sizeOf,
  TASK_INPUT,
  tensorOffset,
  toInt64,
  validateNetworkHeader,
  viewElements,
  wholeBytes,
} from '../../src/network/index.ts';
import { Random } from './support/random.ts';
import { LIMITS, randomHeader, randomTask } from './support/random-graph.ts';

/** Graphs of one run; AIVM_NETWORK_RUNS asks for more. */
const RUNS = Number(process.env.AIVM_NETWORK_RUNS ?? 400);

/** Each element of a tensor, or enough of a large one. */
function* elementsOf(count: number, random: Random): Generator<number> {
  if (count <= 200) for (let i = 0; i < count; i++) yield i;
  else for (let i = 0; i < 200; i++) yield random.int(0, count - 1);
}

/**
 * Holds `run` against `unit` for every tensor, both reading the tensors that `trace` holds, whatever they are. Names the
 * first operator that differs.
 */
function firstDifference(
  network: Network,
  input: NetworkInput,
  blob: Uint8Array,
  trace: Uint8Array,
  random: Random,
): string | undefined {
  for (let tensor = 0; tensor < network.tensorCount; tensor++) {
    const running = runningOperator(network, tensor);
    const { operator, node, inputs, place } = running;
    const { type, count } = node.output;
    const view = (index: number) => {
      const shape = shapeOf(network, index);
      return index === TASK_INPUT
        ? viewElements(shape.type, Uint8Array.from(input.bytes).buffer, 0, shape.count)
        : viewElements(shape.type, trace.buffer, tensorOffset(network, index), shape.count);
    };
    const output = viewElements(type, new ArrayBuffer(count * ELEMENT_SIZE[type]), 0, count);
    operator.run(node, {
      inputs: inputs.map(view),
      output,
      blob: blob.subarray(place),
      tokens: input.tokens,
    });
    const read = createUnitReader(network, running, input, {
      trace: wholeBytes(trace),
      blob: wholeBytes(blob),
    });
    for (const element of elementsOf(count, random)) {
      const value = operator.unit(node, element, read);
      const slot = viewElements(type, new ArrayBuffer(ELEMENT_SIZE[type]), 0, 1);
      if (slot instanceof BigInt64Array) slot[0] = toInt64(value);
      else slot[0] = Number(BigInt.asIntN(32, value));
      if (slot[0] !== output[element])
        return `${network.header.operators.map(({ kind }) => kind)}: tensor ${tensor} element ${element}: run ${output[element]}, unit ${value} ${JSON.stringify(node)}`;
    }
  }
  return undefined;
}

describe('the two ways to a value', () => {
  it(`agree on ${RUNS} random networks, in honest and in hostile traces`, () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < RUNS; seed++) {
      const random = new Random(seed);
      const header = randomHeader(random);
      for (const { kind } of header.operators) seen.add(kind);
      expect(() => validateNetworkHeader(header, LIMITS), `seed ${seed}`).not.toThrow();
      const { network, input, blob } = randomTask(random, header);
      const { bytes, output } = runNetwork(network, blob, input);
      expect(output.length).toBe(sizeOf(shapeOf(network, network.tensorCount - 1)));
      expect(firstDifference(network, input, blob, bytes, random), `seed ${seed}`).toBeUndefined();
      const hostile = random.bytes(network.traceBytes);
      expect(firstDifference(network, input, blob, hostile, random), `seed ${seed}`).toBeUndefined();
    }
    expect(OPERATOR_KINDS.filter((kind) => !seen.has(kind))).toEqual([]);
  });

  it('agree for the longest text that a header admits', () => {
    const random = new Random(7);
    const header = randomHeader(random, 4);
    const network = createNetwork(header, { T: header.maxT, N: header.maxNew });
    expect(network.tensorCount).toBe(header.operators.length);
  });
});
