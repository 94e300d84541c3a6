import {
  createNetwork,
  type Form,
  type Network,
  type NetworkHeader,
  type NetworkInput,
  type NetworkLimits,
  sizeOf,
} from '../../../src/network/index.ts';
import { isConstant } from './find-tensor.ts';
import { GraphBuilder, spec } from './graph-builder.ts';
import type { Random } from './random.ts';
import { LAYERS } from './random-layers.ts';
import { MOVES } from './random-moves.ts';
import { ROWS } from './random-rows.ts';

export const LIMITS: NetworkLimits = {
  maxWitnessBytes: 40_960,
  maxInputBytes: 262_144,
  maxOutputBytes: 65_536,
};

const ALL = Object.values({ ...LAYERS, ...ROWS, ...MOVES });
/** More elements make the tests slow and show nothing new. */
const ELEMENTS_MAX = 1_500;
/** Images are this many times as high and wide, where deep trees are wanted. */
const LARGE = 4;

function begin(random: Random, scale: number): GraphBuilder {
  const form: Form = random.pick(['map', 'encoder', 'decoder'] as const);
  if (form === 'map') {
    const type = random.pick(['i8', 'i16', 'i32'] as const);
    const dims = random.chance(0.7)
      ? [scale * random.int(1, 7), scale * random.int(1, 7), random.int(1, 6)]
      : [random.int(1, 150)];
    return new GraphBuilder({ form, input: spec(type, ...dims) });
  }
  const maxT = random.int(3, 12);
  return new GraphBuilder({
    form,
    maxT,
    vocabulary: random.int(1, 20),
    ...(form === 'decoder' ? { maxNew: random.int(1, Math.min(3, maxT)) } : {}),
  });
}

/** The head of a decoder: logits of the last rows, the token with the largest. */
function end(graph: GraphBuilder, random: Random): void {
  if (graph.form !== 'decoder') return;
  const { vocabulary } = graph.fields;
  const dense = graph.append('embed', {
    inputs: [],
    output: spec('i16', 'T', 5),
    attributes: { ofPosition: false },
  });
  const rows = graph.append('tail', { inputs: [dense], output: spec('i16', 'N', 5), attributes: {} });
  const logits = graph.append('dense', {
    inputs: [rows],
    output: spec('i32', 'N', vocabulary),
    attributes: { leading: 1, zx: 0, zy: 0, lo: -(2 ** 31), hi: 2 ** 31 - 1 },
  });
  const segment = random.int(1, vocabulary);
  const keys = graph.append('argkey', {
    inputs: [logits],
    output: spec('i64', 'N', Math.ceil(vocabulary / segment)),
    attributes: { segment },
  });
  const best = graph.append('rowmax', {
    inputs: [keys],
    output: spec('i64', 'N', 1),
    attributes: { segment: vocabulary, abs: false },
  });
  graph.append('argtoken', { inputs: [best], output: spec('u32', 'N'), attributes: {} });
}

/** A header that follows every rule, made of random operators with random attributes. */
export function randomHeader(random: Random, length = random.int(1, 8), isLarge = false): NetworkHeader {
  const scale = isLarge ? LARGE : 1;
  const graph = begin(random, scale);
  for (let tries = 0; graph.operators.length < length && tries < 40 * length; tries++) {
    const before = graph.operators.length;
    random.pick(ALL)(graph, random);
    const isTooLarge = graph.operators
      .slice(before)
      .some(
        ({ output: { dims } }) =>
          dims.reduce<number>((total, dim) => total * (isConstant(dim) ? dim : graph.fields.maxT), 1) >
          scale * ELEMENTS_MAX,
      );
    if (isTooLarge) graph.operators.length = before;
  }
  if (graph.operators.length === 0) return randomHeader(random, length, isLarge);
  end(graph, random);
  return { ...graph.header, notes: 'made at random' };
}

/** A network of a random size of text, and what it is run on. */
export function randomTask(
  random: Random,
  header: NetworkHeader,
): { readonly network: Network; readonly input: NetworkInput; readonly blob: Uint8Array } {
  const { form, maxT, maxNew, vocabulary } = header;
  const N = form === 'decoder' ? random.int(1, maxNew) : 0;
  const T = form === 'map' ? 1 : random.int(Math.max(1, N), maxT);
  const network = createNetwork(header, { T, N });
  return {
    network,
    input: {
      bytes: random.bytes(network.input === undefined ? 0 : sizeOf(network.input)),
      tokens: Uint32Array.from({ length: T + 1 }, () => random.int(0, vocabulary - 1)),
    },
    blob: random.bytes(header.blobBytes),
  };
}
