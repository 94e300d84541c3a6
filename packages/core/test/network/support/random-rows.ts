import { type Dimension, ELEMENT_TYPES, type ElementType } from '../../../src/network/index.ts';
import {
  anyOf,
  factor,
  find,
  isConstant,
  last,
  lead,
  plain,
  rowless,
  shift,
  type Try,
  zeroPoint,
} from './find-tensor.ts';
import { spec } from './graph-builder.ts';
import type { Random } from './random.ts';

const segment = (random: Random, length: Dimension, maxT: number): number =>
  isConstant(length) ? random.int(1, length + 1) : maxT;
const segments = (length: Dimension, size: number): number =>
  isConstant(length) ? Math.ceil(length / size) : 1;

const reduction =
  (kind: 'rowmax' | 'rowsum'): Try =>
  (graph, random) => {
    const abs = random.chance(0.3);
    const types: ElementType[] = abs ? ['i16', 'i32'] : [...ELEMENT_TYPES];
    const found = find(graph, random, (t) => anyOf(...types)(t) && rowless(graph, t));
    if (found === undefined) return false;
    const { tensor, index } = found;
    const size = segment(random, last(tensor), graph.fields.maxT);
    const absolute: Partial<Record<ElementType, ElementType>> = { i16: 'u16', i32: 'u32' };
    const type = kind === 'rowsum' ? 'i64' : abs ? absolute[tensor.type]! : tensor.type;
    graph.append(kind, {
      inputs: [index],
      output: spec(type, ...lead(tensor), segments(last(tensor), size)),
      attributes: { segment: size, abs },
    });
    return true;
  };

const argKey: Try = (graph, random) => {
  const found = find(
    graph,
    random,
    (t) => anyOf('i8', 'i16', 'i32')(t) && plain(graph, t) && rowless(graph, t),
  );
  if (found === undefined) return false;
  const size = segment(random, last(found.tensor), graph.fields.maxT);
  graph.append('argkey', {
    inputs: [found.index],
    output: spec('i64', ...lead(found.tensor), segments(last(found.tensor), size)),
    attributes: { segment: size },
  });
  return true;
};

const argToken: Try = (graph, random) => {
  const found = find(graph, random, (t) => t.type === 'i64' && last(t) === 1 && plain(graph, t));
  if (found === undefined) return false;
  const { dims } = found.tensor;
  graph.append('argtoken', {
    inputs: [found.index],
    output: spec('u32', ...(dims.length === 1 ? dims : dims.slice(0, -1))),
    attributes: {},
  });
  return true;
};

/** A whole norm: the maximum, sums in segments, R, the output. */
const norm: Try = (graph, random) => {
  const found = find(graph, random, (t) => anyOf('i16', 'i32')(t) && isConstant(last(t)) && plain(graph, t));
  if (found === undefined) return false;
  const { index: x, tensor } = found;
  const width = last(tensor) as number;
  const rows = lead(tensor);
  const absolute = tensor.type === 'i16' ? 'u16' : 'u32';
  const most = graph.append('rowmax', {
    inputs: [x],
    output: spec(absolute, ...rows, 1),
    attributes: { segment: width, abs: true },
  });
  const size = random.int(1, width);
  const sumOf = (inputs: readonly number[], square: boolean): number => {
    const parts = graph.append('normsum', {
      inputs,
      output: spec('i64', ...rows, segments(width, size)),
      attributes: { segment: size, square },
    });
    return graph.append('rowsum', {
      inputs: [parts],
      output: spec('i64', ...rows, 1),
      attributes: { segment: 4_096, abs: false },
    });
  };
  const isLayer = random.chance(0.5);
  const mean = isLayer ? [sumOf([x, most], false)] : [];
  const squares = sumOf([x, most, ...mean], true);
  const inverse = graph.append('normscale', {
    inputs: [most, squares],
    output: spec('i64', ...rows, 1),
    attributes: { width, eps: random.pick([0, 1, 42_950, 2 ** 32 - 1]) },
  });
  graph.append('normout', {
    inputs: [x, most, inverse, ...mean],
    output: spec(random.pick(['i8', 'i16'] as const), ...tensor.dims),
    attributes: { s: shift(random), bias: random.chance(0.5) },
  });
  return true;
};

/** Whole attention: projections, rotation, scores, exponentials, the weighted sum. */
const attention: Try = (graph, random) => {
  const found = find(
    graph,
    random,
    (t) => anyOf('i8', 'i16')(t) && t.dims.length === 2 && t.dims[0] !== 'N' && isConstant(t.dims[1]),
  );
  if (found === undefined) return false;
  const rows = found.tensor.dims[0]!;
  const keyHeads = random.int(1, 2);
  const heads = keyHeads * random.int(1, 2);
  const width = 2 * random.int(1, 4);
  const project = (count: number): number =>
    graph.append('dense', {
      inputs: [found.index],
      output: spec('i16', rows, count, width),
      attributes: { leading: 1, zx: 0, zy: 0, lo: -32_768, hi: 32_767 },
    });
  const rotate = (x: number, halves: boolean): number =>
    graph.append('rope', { inputs: [x], output: graph.tensor(x), attributes: { halves } });
  const halves = random.chance(0.5);
  const q = rotate(project(heads), halves);
  const k = rotate(project(keyHeads), halves);
  const v = graph.append('transpose', {
    inputs: [project(keyHeads)],
    output: spec('i16', keyHeads, width, rows),
    attributes: { permutation: [1, 2, 0] },
  });
  const causal = graph.form === 'decoder' || random.chance(0.5);
  const square = [heads, rows, rows] as const;
  const row = [heads, rows, 1] as const;
  const keys = isConstant(rows) ? rows : graph.fields.maxT;
  const s = graph.append('scores', {
    inputs: [q, k],
    output: spec('i16', ...square),
    attributes: { causal, m: factor(random, 24), s: shift(random) },
  });
  const most = graph.append('rowmax', {
    inputs: [s],
    output: spec('i16', ...row),
    attributes: { segment: keys, abs: false },
  });
  const e = graph.append('exp', {
    inputs: [s, most],
    output: spec('u16', ...square),
    attributes: { causal },
  });
  const sum = graph.append('rowsum', {
    inputs: [e],
    output: spec('i64', ...row),
    attributes: { segment: keys, abs: false },
  });
  const inverse = graph.append('recip', { inputs: [sum], output: spec('i64', ...row), attributes: {} });
  graph.append('attnout', {
    inputs: [e, v, inverse],
    output: spec('i16', rows, heads, width),
    attributes: { s: random.pick([38, 46, shift(random)]) },
  });
  return true;
};

const meanT: Try = (graph, random) => {
  const found = find(
    graph,
    random,
    (t) => anyOf('i8', 'i16', 'i32')(t) && t.dims.length >= 2 && plain(graph, t) && rowless(graph, t),
  );
  if (found === undefined) return false;
  const outType = random.pick(['i8', 'i16', 'i32'] as const);
  graph.append('meanT', {
    inputs: [found.index],
    output: spec(outType, ...lead(found.tensor)),
    attributes: {
      m: factor(random, 30),
      s: shift(random),
      zx: zeroPoint(random, found.tensor.type),
      zy: zeroPoint(random, outType),
    },
  });
  return true;
};

/** Operators over rows: reductions, whole norms, whole attention. */
export const ROWS: Readonly<Record<string, Try>> = {
  rowMax: reduction('rowmax'),
  rowSum: reduction('rowsum'),
  argKey,
  argToken,
  norm,
  attention,
  meanT,
};
