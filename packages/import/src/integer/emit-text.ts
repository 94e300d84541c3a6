import type { Dimension } from '@aivm/core/network';
import type { GraphNode, Operation } from '../graph/graph.ts';
import type { Emitter } from './emitter.ts';
import { fractionOf } from './fraction.ts';

/** Bits of the mult of scores, which must stay below 2^24. */
const SCORE_BITS = 23;
const MEAN_BITS = 20;
/** A sum of exponentials and values, 46 bits too large. */
const OUT_SHIFT = 46;
/** Bits behind the point of a normalised row. */
const NORM_POINT = 30;
const GAIN_MAX = 32_767;
/** Bytes of a row that one unit reads. */
const SEGMENT_BYTES = 16_384;
/** Octaves in steps of 1/256, as scores count. */
const OCTAVES = Math.log2(Math.E) * 256;

/** The norm of each row: its largest value, sums, the inverse of its deviation, and the scaled row. */
export function emitNorm(
  e: Emitter,
  node: GraphNode,
  operation: Extract<Operation, { readonly kind: 'norm' }>,
): number {
  const { hasMean, gain, bias, epsilon } = operation;
  const { network } = e;
  const input = node.inputs[0] as number;
  const x = e.tensor(input);
  const from = e.grid(input);
  const width = gain.length;
  const one: readonly Dimension[] = node.dims.with(-1, 1);
  const add = <K extends 'rowmax' | 'normsum' | 'normscale' | 'normout' | 'rowsum'>(
    ...[operator]: [Parameters<typeof network.add<K>>[1]]
  ): number => network.add(node.name, operator);
  const largest = add({
    kind: 'rowmax',
    inputs: [x],
    ...{ type: from.type === 'i32' ? 'u32' : 'u16', dims: one, attributes: { segment: width, abs: true } },
  });
  // One unit reads up to 16,384 bytes of a row: longer ones are summed in parts.
  const segment = Math.min(width, SEGMENT_BYTES / (from.type === 'i32' ? 4 : 2));
  const sum = (inputs: readonly number[], square: boolean): number => {
    const count = Math.ceil(width / segment);
    const parts = add({
      kind: 'normsum',
      inputs,
      type: 'i64',
      dims: node.dims.with(-1, count),
      attributes: { segment, square },
    });
    if (count === 1) return parts;
    return add({
      kind: 'rowsum',
      inputs: [parts],
      type: 'i64',
      dims: one,
      attributes: { segment: count, abs: false },
    });
  };
  const mean = hasMean ? [sum([x, largest], false)] : [];
  const squares = sum([x, largest, ...mean], true);
  const inverse = add({
    kind: 'normscale',
    inputs: [largest, squares],
    ...{ type: 'i64', dims: one, attributes: { width, eps: Math.round(epsilon / from.scale ** 2) } },
  });
  const to = e.grid(node.id);
  const steps = gain.map((value) => value / to.scale);
  const most = steps.reduce((so, value) => Math.max(so, Math.abs(value)), 2 ** -20);
  let extra = Math.floor(Math.log2(GAIN_MAX / most));
  if (Math.round(most * 2 ** extra) > GAIN_MAX) extra--;
  extra = Math.min(Math.max(extra, -NORM_POINT), 62 - NORM_POINT);
  const gains = Int16Array.from(steps, (value) => Math.round(value * 2 ** extra));
  const hasBias = bias.some((value) => value !== 0);
  const biases = hasBias ? Int32Array.from(bias, (value) => Math.round(value / to.scale)) : undefined;
  return add({
    kind: 'normout',
    inputs: [x, largest, inverse, ...mean],
    ...{ type: to.type, dims: node.dims, place: network.blob.gains(gains, biases) },
    attributes: { s: NORM_POINT + extra, bias: hasBias },
  });
}

export function emitRope(
  e: Emitter,
  node: GraphNode,
  { angles }: Extract<Operation, { readonly kind: 'rope' }>,
): number {
  const table = new Int16Array(2 * angles.data.length);
  for (const [i, angle] of angles.data.entries()) {
    table[2 * i] = Math.round(Math.cos(angle) * 32_767);
    table[2 * i + 1] = Math.round(Math.sin(angle) * 32_767);
  }
  return e.network.add(node.name, {
    kind: 'rope',
    inputs: [e.tensor(node.inputs[0] as number)],
    ...{ type: 'i16', dims: node.dims, place: e.network.blob.table(table), attributes: { halves: true } },
  });
}

/** Scores, exponentials below the row's largest, their sum, and the weighted sum of the values. */
export function emitAttention(
  e: Emitter,
  node: GraphNode,
  { factor, causal }: Extract<Operation, { readonly kind: 'attention' }>,
): number {
  const { network } = e;
  const { name } = node;
  const [q, k, v] = node.inputs as readonly [number, number, number];
  const [queries, heads] = node.dims as readonly [Dimension, Dimension, Dimension];
  const [keys] = e.dims(k) as readonly [Dimension];
  const [, valueHeads, width] = e.dims(v) as readonly [Dimension, Dimension, Dimension];
  const pairs = [heads, queries, keys];
  const rows = [heads, queries, 1];
  const segment = typeof keys === 'number' ? keys : e.maxT;
  const { mult: m, shift: s } = fractionOf(e.grid(q).scale * e.grid(k).scale * factor * OCTAVES, SCORE_BITS);
  const values = network.add(name, {
    kind: 'transpose',
    inputs: [e.tensor(v)],
    ...{ type: e.grid(v).type, dims: [valueHeads, width, keys], attributes: { permutation: [1, 2, 0] } },
  });
  const scores = network.add(name, {
    kind: 'scores',
    inputs: [e.tensor(q), e.tensor(k)],
    ...{ type: 'i16', dims: pairs, attributes: { causal, m, s } },
  });
  const most = network.add(name, {
    kind: 'rowmax',
    inputs: [scores],
    ...{ type: 'i16', dims: rows, attributes: { segment, abs: false } },
  });
  const powers = network.add(name, {
    kind: 'exp',
    inputs: [scores, most],
    ...{ type: 'u16', dims: pairs, attributes: { causal } },
  });
  const sum = network.add(name, {
    kind: 'rowsum',
    inputs: [powers],
    ...{ type: 'i64', dims: rows, attributes: { segment, abs: false } },
  });
  const inverse = network.add(name, {
    kind: 'recip',
    inputs: [sum],
    type: 'i64',
    dims: rows,
    attributes: {},
  });
  return network.add(name, {
    kind: 'attnout',
    inputs: [powers, values, inverse],
    ...{ type: 'i16', dims: node.dims, attributes: { s: OUT_SHIFT } },
  });
}

/** The mean of the rows of a text. */
export function emitMean(e: Emitter, node: GraphNode): number {
  const input = node.inputs[0] as number;
  const from = e.grid(input);
  const to = e.grid(node.id);
  const [rows, width] = e.dims(input) as readonly [Dimension, Dimension];
  const columns = e.network.add(node.name, {
    kind: 'transpose',
    inputs: [e.tensor(input)],
    ...{ type: from.type, dims: [width, rows], attributes: { permutation: [1, 0] } },
  });
  const { mult: m, shift: s } = fractionOf(from.scale / to.scale, MEAN_BITS);
  return e.network.add(node.name, {
    kind: 'meanT',
    inputs: [columns],
    ...{ type: to.type, dims: node.dims, attributes: { m, s, zx: from.zero, zy: to.zero } },
  });
}

/** The place of the largest value of each row, the first of equals. */
export function emitArgmax(e: Emitter, node: GraphNode): number {
  const { network } = e;
  const input = node.inputs[0] as number;
  const dims = e.dims(input);
  const width = dims[dims.length - 1] as number;
  const size = { i8: 1, i16: 2, i32: 4 }[e.grid(input).type];
  const segment = Math.min(width, SEGMENT_BYTES / size);
  const count = Math.ceil(width / segment);
  const keys = network.add(node.name, {
    kind: 'argkey',
    inputs: [e.tensor(input)],
    ...{ type: 'i64', dims: dims.with(-1, count), attributes: { segment } },
  });
  const best =
    count === 1
      ? keys
      : network.add(node.name, {
          kind: 'rowmax',
          inputs: [keys],
          ...{ type: 'i64', dims: dims.with(-1, 1), attributes: { segment: count, abs: false } },
        });
  return network.add(node.name, {
    kind: 'argtoken',
    inputs: [best],
    type: 'u32',
    dims: node.dims,
    attributes: {},
  });
}
