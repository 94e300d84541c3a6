import { ELEMENT_RANGE } from '@aivm/core/network';
import { refuseNode } from '../evaluate/evaluate-node.ts';
import type { GraphNode, Grid, Matrix, Operation } from '../graph/graph.ts';
import type { Row } from './blob-writer.ts';
import type { Emitter } from './emitter.ts';
import { fractionOf } from './fraction.ts';
import { quantiseRow } from './weight-grid.ts';

/** Bits of a row's mult: a relative error of 2^−22, and sum · mult stays below 2^62 for the longest rows. */
const MULT_BITS = 22;
/** A bias is at most this many steps. */
const BIAS_MAX = 2 ** 30;
/** The longest rows of `dense`, and what longer ones are cut into. */
const WIDTH_MAX = { i8: 12_288, i16: 7_680 } as const;
const PARTS_MAX = 16;

type Dense = Extract<Operation, { readonly kind: 'dense' }>;
type Conv = Extract<Operation, { readonly kind: 'conv' }>;

/** What rows read and write. */
interface RowGrids {
  readonly from: Grid;
  readonly to: Grid;
}

function rowsOf(
  e: Emitter,
  node: GraphNode,
  weights: Matrix,
  bias: Float64Array,
  { from, to }: RowGrids,
): readonly Row[] {
  let own = 0;
  const rows = Array.from({ length: weights.rows }, (_, r): Row => {
    const row = weights.data.subarray(r * weights.width, (r + 1) * weights.width);
    const shift = bias[r] as number;
    const { weights: quantised, step, isOwn } = quantiseRow(row, Math.abs(shift) / from.scale / BIAS_MAX);
    if (isOwn) own++;
    const scaled = fractionOf((from.scale * step) / to.scale, MULT_BITS);
    return { weights: quantised, bias: Math.round(shift / (from.scale * step)), ...scaled };
  });
  e.noteRows(node, { rows: weights.rows, width: weights.width, own });
  return rows;
}

/** lo and hi of an output on `grid`, for a value that is kept within `clip`. */
function boundsOf({ clip }: GraphNode, { type, scale, zero }: Grid): { lo: number; hi: number } {
  const [least, most] = ELEMENT_RANGE[type];
  const at = (value: number): number => Math.min(Math.max(zero + Math.round(value / scale), least), most);
  return clip === undefined ? { lo: least, hi: most } : { lo: at(clip[0]), hi: at(clip[1]) };
}

/** A dense layer; with an addend the sum of both, on 32 bits. */
export function emitDense(e: Emitter, node: GraphNode, operation: Dense, addend?: number): number {
  const { leading, weights, bias } = operation;
  const input = node.inputs[0] as number;
  const grids = { from: e.narrowGrid(node, input), to: e.grid(node.id) };
  const { type, zero: zy } = grids.to;
  const { from } = grids;
  const place = e.network.blob.rows(rowsOf(e, node, weights, bias, grids));
  const bounds = boundsOf(node, grids.to);
  const widest = WIDTH_MAX[from.type as 'i8' | 'i16'];
  const common = { type, dims: node.dims, place } as const;
  if (weights.width <= widest)
    return e.network.add(node.name, {
      kind: 'dense',
      inputs: [e.tensor(input), ...(addend === undefined ? [] : [addend])],
      ...common,
      attributes: { leading, zx: from.zero, zy, ...bounds },
    });
  const count = Math.ceil(weights.width / widest);
  if (count > PARTS_MAX)
    return refuseNode(
      { name: node.name, operator: 'dense' },
      `has rows of ${weights.width} weights; at most ${PARTS_MAX * widest}`,
    );
  const size = Math.ceil(weights.width / count);
  const parts = Array.from({ length: count }, (_, part) =>
    e.network.add(node.name, {
      kind: 'dense_part',
      inputs: [e.tensor(input)],
      ...{ type: 'i64', dims: node.dims, place },
      attributes: {
        ...{ leading, zx: from.zero },
        from: part * size,
        to: Math.min((part + 1) * size, weights.width),
      },
    }),
  );
  return e.network.add(node.name, {
    kind: 'sum_requant',
    inputs: [...parts, ...(addend === undefined ? [] : [addend])],
    ...common,
    attributes: { leading, n: weights.width, zy, ...bounds, addend: addend !== undefined },
  });
}

export function emitConv(e: Emitter, node: GraphNode, { weights, bias, window, groups }: Conv): number {
  const input = node.inputs[0] as number;
  const grids = { from: e.narrowGrid(node, input), to: e.grid(node.id) };
  return e.network.add(node.name, {
    kind: 'conv2d',
    inputs: [e.tensor(input)],
    ...{ type: grids.to.type, dims: node.dims },
    place: e.network.blob.rows(rowsOf(e, node, weights, bias, grids)),
    attributes: { ...window, groups, zx: grids.from.zero, zy: grids.to.zero, ...boundsOf(node, grids.to) },
  });
}

/** gain · x + bias by channel: a convolution of one place whose groups are the channels. */
export function emitAffine(
  e: Emitter,
  node: GraphNode,
  { gain, bias }: Extract<Operation, { readonly kind: 'affine' }>,
): number {
  const { dims, name } = node;
  if (dims.some((length) => typeof length !== 'number') || gain.length === 1)
    return refuseNode(
      { name, operator: 'by channel' },
      'between operators that hold no factors has no integer form in a text',
    );
  const channels = gain.length;
  const image = [(dims as readonly number[]).reduce((a, b) => a * b, 1) / channels, 1, channels];
  const input = node.inputs[0] as number;
  const grids = { from: e.narrowGrid(node, input), to: e.grid(node.id) };
  const from = e.network.add(name, {
    kind: 'reshape',
    inputs: [e.tensor(input)],
    ...{ type: grids.from.type, dims: image, attributes: {} },
  });
  const window = {
    kernelY: 1,
    kernelX: 1,
    strideY: 1,
    strideX: 1,
    dilationY: 1,
    dilationX: 1,
    top: 0,
    left: 0,
  };
  const matrix = { rows: channels, width: 1, data: gain };
  const scaled = e.network.add(name, {
    kind: 'conv2d',
    inputs: [from],
    ...{ type: grids.to.type, dims: image },
    place: e.network.blob.rows(rowsOf(e, node, matrix, bias, grids)),
    attributes: {
      ...window,
      groups: channels,
      zx: grids.from.zero,
      zy: grids.to.zero,
      ...boundsOf(node, grids.to),
    },
  });
  return e.network.add(name, {
    kind: 'reshape',
    inputs: [scaled],
    type: grids.to.type,
    dims,
    attributes: {},
  });
}

/** A row of the table for each token or place. */
export function emitEmbed(
  e: Emitter,
  node: GraphNode,
  { table, ofPosition }: Extract<Operation, { readonly kind: 'embed' }>,
): number {
  const { type, scale } = e.grid(node.id);
  const rows = Array.from({ length: table.rows }, (_, r): Row => {
    const { weights, step } = quantiseRow(
      table.data.subarray(r * table.width, (r + 1) * table.width),
      2 ** -80,
    );
    return { weights, bias: 0, ...fractionOf(step / scale, MULT_BITS) };
  });
  e.noteRows(node, { rows: table.rows, width: table.width, own: 0 });
  const place = e.network.blob.rows(rows);
  return e.network.add(node.name, {
    kind: 'embed',
    inputs: [],
    type,
    dims: node.dims,
    place,
    attributes: { ofPosition },
  });
}
