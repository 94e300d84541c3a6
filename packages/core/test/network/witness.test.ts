import { describe, expect, it } from 'vitest';
import {
  createHashTree,
  createNetwork,
  createWitness,
  ELEMENT_SIZE,
  judgeWitness,
  largestText,
  leafCountOf,
  type Network,
  runNetwork,
  runningOperator,
  shapeOf,
  TASK_INPUT,
  traceTree,
  unitBytes,
  unitValue,
  type Witness,
  wholeBytes,
  witnessBound,
} from '../../src/network/index.ts';
import { lie, placeOf, randomUnit } from './support/liar.ts';
import { Random } from './support/random.ts';
import { randomHeader, randomTask } from './support/random-graph.ts';

const RUNS = Number(process.env.AIVM_NETWORK_RUNS ?? 250);

/** A random network, run, with its trees. */
function world(seed: number) {
  const random = new Random(0x5eed + seed);
  const header = randomHeader(random);
  const { network, input, blob } = randomTask(random, header);
  const { bytes } = runNetwork(network, blob, input);
  const weights = { bytes: blob, tree: createHashTree({ name: 'Blob', rows: 0 }, [blob]) };
  return { random, header, network, input, weights, bytes };
}

const committed = (network: Network, bytes: Uint8Array) => ({ bytes, tree: traceTree(network, { bytes }) });

const sizeOfWitness = ({ traceLeaves, traceSiblings, blobLeaves, blobSiblings }: Witness): number =>
  traceLeaves.length + traceSiblings.length + blobLeaves.length + blobSiblings.length;

/** The bound for a unit of `tensor`, at the longest text. */
function boundOf({ header }: Network, tensor: number): number {
  const network = createNetwork(header, largestText(header));
  const { operator, node, inputs } = runningOperator(network, tensor);
  const reads = operator
    .reads(node)
    .filter(({ source }) => source === 'blob' || inputs[source] !== TASK_INPUT);
  return witnessBound(reads, {
    traceLeaves: leafCountOf(network.traceBytes),
    blobLeaves: leafCountOf(header.blobBytes),
  });
}

describe('a witness', () => {
  it('confirms every honest unit, within the bound of its operator', () => {
    for (let seed = 0; seed < RUNS; seed++) {
      const { random, network, input, weights, bytes } = world(seed);
      const trace = committed(network, bytes);
      const roots = { trace: trace.tree.root, blob: weights.tree.root };
      for (let i = 0; i < 12; i++) {
        const unit = randomUnit(network, random);
        const witness = createWitness(network, input, placeOf(network, unit), trace, weights);
        const verdict = judgeWitness(network, input, roots, witness);
        expect(verdict.unit, `seed ${seed}`).toEqual(unit);
        expect(verdict.isRight, `seed ${seed} ${JSON.stringify(unit)}`).toBe(true);
        expect(sizeOfWitness(witness), `seed ${seed}`).toBeLessThanOrEqual(boundOf(network, unit.tensor));
      }
    }
  });

  it('convicts every planted fault at its own place', () => {
    for (let seed = 0; seed < RUNS; seed++) {
      const { random, network, input, weights, bytes } = world(seed);
      for (let i = 0; i < 4; i++) {
        const fault = randomUnit(network, random);
        const size = ELEMENT_SIZE[shapeOf(network, fault.tensor).type];
        const lying = lie(network, input, weights.bytes, bytes, fault, random.int(0, 8 * size - 1));
        const first = lying.findIndex((byte, at) => byte !== bytes[at]);
        const leaf = Math.floor(first / 128);
        const element = Math.floor((first % 128) / size);
        expect({ leaf, element }, `seed ${seed}`).toEqual(placeOf(network, fault));
        const trace = committed(network, lying);
        const witness = createWitness(network, input, { leaf, element }, trace, weights);
        const roots = { trace: trace.tree.root, blob: weights.tree.root };
        const verdict = judgeWitness(network, input, roots, witness);
        expect(verdict.unit, `seed ${seed}`).toEqual(fault);
        expect(verdict.isRight, `seed ${seed}`).toBe(false);
        const start = leaf * 128 + element * size;
        expect(verdict.right, `seed ${seed}`).toEqual(bytes.subarray(start, start + size));
      }
    }
  });

  it('gives one verdict about any bytes, padding included', () => {
    for (let seed = 0; seed < RUNS; seed++) {
      const { random, network, input, weights } = world(seed);
      const trace = committed(network, random.bytes(network.traceBytes));
      const leaf = random.int(0, leafCountOf(network.traceBytes) - 1);
      const roots = { trace: trace.tree.root, blob: weights.tree.root };
      for (let element = 0; element < 16; element++) {
        const witness = createWitness(network, input, { leaf, element }, trace, weights);
        const verdict = judgeWitness(network, input, roots, witness);
        const sources = { trace: wholeBytes(trace.bytes), blob: wholeBytes(weights.bytes) };
        const value = unitValue(network, verdict.unit, input, sources);
        expect(verdict.right).toEqual(unitBytes(network, verdict.unit, value));
        expect(judgeWitness(network, input, roots, witness)).toEqual(verdict);
        if (verdict.unit.element >= shapeOf(network, verdict.unit.tensor).count) expect(value).toBe(0n);
      }
    }
  });
});

/** A witness with siblings in both trees. */
function widest() {
  for (let seed = 0; ; seed++) {
    const { random, network, input, weights, bytes } = world(seed);
    const trace = committed(network, bytes);
    const good = createWitness(network, input, placeOf(network, randomUnit(network, random)), trace, weights);
    if (good.traceSiblings.length > 0 && good.blobSiblings.length > 0)
      return { network, input, weights, trace, good };
  }
}

describe('a witness that opens something else is refused', () => {
  const { network, input, weights, trace, good } = widest();
  const roots = { trace: trace.tree.root, blob: weights.tree.root };
  const flipped = (from: Uint8Array): Uint8Array => from.map((byte, i) => (i === 5 ? byte ^ 1 : byte));
  const longer = (from: Uint8Array, by: number): Uint8Array => new Uint8Array(from.length + by);
  const judge = (change: Partial<Witness>) => () =>
    judgeWitness(network, input, roots, { ...good, ...change });

  it('and as it is, it is not', () => {
    expect(judge({})().isRight).toBe(true);
    expect(good.traceSiblings.length).toBeGreaterThan(0);
    expect(good.blobSiblings.length).toBeGreaterThan(0);
  });

  it.each<[string, Partial<Witness>, RegExp]>([
    ['a changed leaf of the trace', { traceLeaves: flipped(good.traceLeaves) }, /root of the trace/],
    ['a changed sibling in the trace', { traceSiblings: flipped(good.traceSiblings) }, /root of the trace/],
    ['a changed leaf of the blob', { blobLeaves: flipped(good.blobLeaves) }, /root of the blob/],
    ['a changed sibling in the blob', { blobSiblings: flipped(good.blobSiblings) }, /root of the blob/],
    ['a leaf too many', { traceLeaves: longer(good.traceLeaves, 128) }, /Trace: \d+ bytes of leaves/],
    ['half a leaf too many', { blobLeaves: longer(good.blobLeaves, 64) }, /Blob: \d+ bytes of leaves/],
    ['a leaf too few', { traceLeaves: new Uint8Array(0) }, /Trace: 0 bytes of leaves/],
    ['a sibling too many', { traceSiblings: longer(good.traceSiblings, 32) }, /bytes of siblings/],
    ['no siblings', { traceSiblings: new Uint8Array(0) }, /bytes of siblings/],
    ['another leaf', { leaf: good.leaf + 1 }, /witness|Trace/],
    ['a leaf behind the trace', { leaf: 2 ** 32 }, /witness.leaf is 4294967296/],
    ['a negative leaf', { leaf: -1 }, /witness.leaf is -1/],
    ['an element behind the leaf', { element: 128 }, /witness.element is 128/],
    ['half an element', { element: 0.5 }, /witness.element is 0.5/],
  ])('%s', (_name, change, message) => {
    expect(judge(change)).toThrow(message);
  });
});
