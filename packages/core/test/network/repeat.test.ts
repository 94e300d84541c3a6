import { describe, expect, it } from 'vitest';
import {
  createNetwork,
  type NetworkHeader,
  parseNetworkHeader,
  runNetwork,
  runningOperator,
  serializeNetworkHeader,
  shapeOf,
  sizeOf,
  tensorAt,
  tensorOffset,
  validateNetworkHeader,
} from '../../src/network/index.ts';
import { GraphBuilder, spec } from './support/graph-builder.ts';
import { Random } from './support/random.ts';
import { LIMITS } from './support/random-graph.ts';

const full = { zx: 0, zy: 0, lo: -32_768, hi: 32_767 };

/** A block of two dense layers and a residual sum, which also reads what stands before all blocks. */
function appendBlock(graph: GraphBuilder, before: number, embedding: number): number {
  const inner = graph.append('dense', {
    inputs: [before],
    output: spec('i16', 'T', 24),
    attributes: { leading: 1, ...full },
  });
  const sum = graph.append('add', {
    inputs: [before, embedding],
    output: spec('i16', 'T', 8),
    attributes: { za: 0, ma: 1, sa: 0, zb: 0, mb: 1, sb: 1, zy: 0 },
  });
  const outer = graph.append('dense', {
    inputs: [inner],
    output: spec('i16', 'T', 8),
    attributes: { leading: 1, ...full },
  });
  return graph.append('add', {
    inputs: [sum, outer],
    output: spec('i16', 'T', 8),
    attributes: { za: 0, ma: 1, sa: 0, zb: 0, mb: 1, sb: 2, zy: 0 },
  });
}

const COUNT = 5;
const fields = { form: 'encoder', maxT: 9, vocabulary: 11 } as const;

function begin(): { graph: GraphBuilder; embedding: number } {
  const graph = new GraphBuilder(fields);
  const output = spec('i16', 'T', 8);
  const embedding = graph.append('embed', { inputs: [], output, attributes: { ofPosition: false } });
  graph.append('embed', { inputs: [], output, attributes: { ofPosition: true } });
  return { graph, embedding };
}

function finish(graph: GraphBuilder, last: number): NetworkHeader {
  graph.append('dense', {
    inputs: [last],
    output: spec('i8', 'T', 3),
    attributes: { leading: 1, zx: 0, zy: 0, lo: -128, hi: 127 },
  });
  return graph.header;
}

/** The same network written out, and with a repeat. */
function both(): { readonly plain: NetworkHeader; readonly repeated: NetworkHeader } {
  const long = begin();
  let last = 1;
  for (let i = 0; i < COUNT; i++) last = appendBlock(long.graph, last, long.embedding);
  const plain = finish(long.graph, last);

  const short = begin();
  const start = short.graph.header.blobBytes;
  const end = appendBlock(short.graph, 1, short.embedding);
  const blobStride = short.graph.header.blobBytes - start;
  const written = finish(short.graph, end);
  const head = { ...written.operators[end + 1]!, place: start + COUNT * blobStride };
  return {
    plain,
    repeated: {
      ...written,
      operators: written.operators.with(end + 1, head),
      repeats: [{ count: COUNT, first: 2, last: end, blobStride }],
      blobBytes: plain.blobBytes,
    },
  };
}

describe('a repeat', () => {
  const { plain, repeated } = both();
  const random = new Random(11);
  const blob = random.bytes(plain.blobBytes).map((byte) => byte & 0x1f);
  const size = { T: 7, N: 0 };
  const input = { bytes: new Uint8Array(0), tokens: Uint32Array.from([1, 2, 3, 4, 5, 10, 0]) };
  const networks = [plain, repeated].map((header) => createNetwork(header, size));

  it('has the trace of the operators written out', () => {
    const [long, short] = networks.map((network) => runNetwork(network, blob, input));
    expect(networks[1]!.tensorCount).toBe(3 + 4 * COUNT);
    expect(short!.bytes).toEqual(long!.bytes);
    expect(short!.bytes.some((byte) => byte !== 0)).toBe(true);
  });

  it('has the same operators, inputs, rows and places of tensors', () => {
    for (let tensor = 0; tensor < networks[0]!.tensorCount; tensor++) {
      const [long, short] = networks.map((network) => runningOperator(network, tensor));
      expect(short!.inputs).toEqual(long!.inputs);
      expect(short!.node).toEqual(long!.node);
      // Operators without rows have no place.
      if (long!.place !== 0) expect(short!.place).toBe(long!.place);
      expect(tensorOffset(networks[1]!, tensor)).toBe(tensorOffset(networks[0]!, tensor));
    }
  });

  it('finds the tensor of every byte', () => {
    const [, network] = networks;
    for (let tensor = 0; tensor < network!.tensorCount; tensor++) {
      const first = tensorOffset(network!, tensor);
      const length = Math.ceil(sizeOf(shapeOf(network!, tensor)) / 128) * 128;
      expect(tensorAt(network!, first)).toBe(tensor);
      expect(tensorAt(network!, first + length - 1)).toBe(tensor);
    }
  });

  it('has the same work, trace and depth', () => {
    const facts = validateNetworkHeader(repeated, LIMITS);
    expect(facts).toEqual(validateNetworkHeader(plain, LIMITS));
    expect(facts.traceBytesMax).toBe(createNetwork(plain, { T: 9, N: 0 }).traceBytes);
  });

  it('survives its encoding', () => {
    expect(parseNetworkHeader(serializeNetworkHeader(repeated))).toEqual(repeated);
    expect(serializeNetworkHeader(repeated).length).toBeLessThan(serializeNetworkHeader(plain).length / 2);
  });

  it.each<[string, Partial<NetworkHeader>, RegExp]>([
    ['from operator 0 on', { repeats: [{ count: 2, first: 0, last: 4, blobStride: 0 }] }, /repeat 0 is 0…4/],
    [
      'behind the last operator',
      { repeats: [{ count: 2, first: 2, last: 7, blobStride: 0 }] },
      /repeat 0 is 2…7/,
    ],
    ['backwards', { repeats: [{ count: 2, first: 5, last: 4, blobStride: 0 }] }, /repeat 0 is 5…4/],
    ['none', { repeats: [{ count: 0, first: 2, last: 5, blobStride: 0 }] }, /count 0/],
    ['by an odd stride', { repeats: [{ count: 2, first: 2, last: 5, blobStride: 64 }] }, /blobStride 64/],
    [
      'overlapping',
      {
        repeats: [
          { count: 2, first: 2, last: 4, blobStride: 0 },
          { count: 2, first: 4, last: 5, blobStride: 0 },
        ],
      },
      /repeat 1 is 4…5/,
    ],
    ['too often', { repeats: [{ count: 20_000, first: 2, last: 5, blobStride: 0 }] }, /80003 operators/],
    [
      'with another tensor at its end',
      { repeats: [{ count: 1, first: 2, last: 2, blobStride: 0 }] },
      /ends in i16 \[T\]\[24\]; it must be i16 \[T\]\[8\]/,
    ],
    [
      'read inside',
      { repeats: [{ count: 2, first: 2, last: 3, blobStride: 0 }] },
      /operator 4 \(dense\): reads tensor 2 inside of repeat 2…3/,
    ],
    [
      'beyond the blob',
      { repeats: [{ count: 6, first: 2, last: 5, blobStride: repeated.repeats[0]!.blobStride }] },
      /operator 2 \(dense\): its rows end at byte/,
    ],
  ])('%s is refused', (_name, change, message) => {
    expect(() => validateNetworkHeader({ ...repeated, ...change }, LIMITS)).toThrow(message);
  });
});
