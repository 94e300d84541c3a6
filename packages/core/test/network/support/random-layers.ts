import type { ElementType, TensorSpec } from '../../../src/network/index.ts';
import {
  anyOf,
  bounds,
  factor,
  find,
  isConstant,
  last,
  plain,
  same,
  shift,
  type Try,
  zeroPoint,
} from './find-tensor.ts';
import { type GraphBuilder, spec } from './graph-builder.ts';
import type { Random } from './random.ts';

/** The input's and a new output row for the dense kinds. */
function matrix(graph: GraphBuilder, random: Random, types: ElementType[]) {
  const found = find(graph, random, (t) => anyOf(...types)(t) && plain(graph, t) && isConstant(last(t)));
  if (found === undefined) return undefined;
  const { dims } = found.tensor;
  let leading = dims.length - 1;
  while (leading > 0 && isConstant(dims[leading - 1]) && random.chance(0.5)) leading--;
  const n = dims.slice(leading).reduce<number>((product, length) => product * (length as number), 1);
  if (n > 7_680) return undefined;
  const rest = leading < 3 && random.chance(0.3) ? [random.int(1, 3), random.int(1, 4)] : [random.int(1, 12)];
  return {
    index: found.index,
    type: found.tensor.type,
    leading,
    n,
    dims: [...dims.slice(0, leading), ...rest],
  };
}

const dense: Try = (graph, random) => {
  const found = matrix(graph, random, ['i8', 'i16']);
  if (found === undefined) return false;
  const { index, leading, dims, type } = found;
  const addend = random.chance(0.5)
    ? find(
        graph,
        random,
        (t) =>
          t.type === 'i32' &&
          same(t.dims.slice(0, leading), dims.slice(0, leading)) &&
          t.dims.length > leading &&
          plain(graph, t) &&
          t.dims.slice(leading).every(isConstant),
      )
    : undefined;
  const outType = addend === undefined ? random.pick(['i8', 'i16', 'i32'] as const) : 'i32';
  graph.append('dense', {
    inputs: addend === undefined ? [index] : [index, addend.index],
    output: spec(outType, ...(addend === undefined ? dims : addend.tensor.dims)),
    attributes: { leading, zx: zeroPoint(random, type), ...bounds(random, outType) },
  });
  return true;
};

const denseParts: Try = (graph, random) => {
  const found = matrix(graph, random, ['i8', 'i16']);
  if (found === undefined) return false;
  const { index, leading, dims, n, type } = found;
  const cut = random.int(0, n);
  const zx = zeroPoint(random, type);
  const place = graph.header.blobBytes;
  const parts = (
    [
      [0, cut],
      [cut, n],
    ] as const
  )
    .filter(([from, to]) => from < to)
    .map(([from, to]) =>
      graph.append('dense_part', {
        inputs: [index],
        output: spec('i64', ...dims),
        attributes: { leading, from, to, zx },
      }),
    );
  const outType = random.pick(['i8', 'i16', 'i32'] as const);
  const addend =
    outType === 'i32' && random.chance(0.5)
      ? find(graph, random, (t) => t.type === 'i32' && same(t.dims, dims))
      : undefined;
  const sum = graph.append('sum_requant', {
    inputs: addend === undefined ? parts : [...parts, addend.index],
    output: spec(outType, ...dims),
    attributes: { leading, n, ...bounds(random, outType), addend: addend !== undefined },
  });
  // All of them name the same rows.
  for (const part of [...parts, sum]) graph.operators[part] = { ...graph.operators[part]!, place };
  return true;
};

const denseShift: Try = (graph, random) => {
  const found = matrix(graph, random, ['i8']);
  if (found === undefined) return false;
  graph.append('dense_shift', {
    inputs: [found.index],
    output: spec('i8', ...found.dims),
    attributes: { leading: found.leading, shift: random.int(0, 31) },
  });
  return true;
};

const isImage = (t: TensorSpec): boolean => t.dims.length === 3 && t.dims.every(isConstant);

const conv: Try = (graph, random) => {
  const found = find(graph, random, (t) => anyOf('i8', 'i16')(t) && isImage(t));
  if (found === undefined) return false;
  const channels = found.tensor.dims[2] as number;
  const groups = random.pick([1, channels]);
  const outType = random.pick(['i8', 'i16', 'i32'] as const);
  graph.append('conv2d', {
    inputs: [found.index],
    output: spec(outType, random.int(1, 5), random.int(1, 5), groups * random.int(1, 3)),
    attributes: {
      kernelY: random.int(1, 4),
      kernelX: random.int(1, 4),
      strideY: random.int(1, 3),
      strideX: random.int(1, 3),
      dilationY: random.int(1, 3),
      dilationX: random.int(1, 3),
      top: random.int(0, 3),
      left: random.int(0, 3),
      groups,
      zx: zeroPoint(random, found.tensor.type),
      ...bounds(random, outType),
    },
  });
  return true;
};

const pool =
  (kind: 'maxpool' | 'sumpool'): Try =>
  (graph, random) => {
    const found = find(graph, random, (t) => anyOf('i8', 'i16')(t) && isImage(t));
    if (found === undefined) return false;
    const [height, width, channels] = found.tensor.dims as [number, number, number];
    const [kernelY, kernelX] = [random.int(1, 4), random.int(1, 4)];
    const [strideY, strideX] = [random.int(1, 3), random.int(1, 3)];
    const [top, left] = [random.int(0, kernelY - 1), random.int(0, kernelX - 1)];
    const rows = random.int(1, Math.floor((height - 1 + top) / strideY) + 1);
    const columns = random.int(1, Math.floor((width - 1 + left) / strideX) + 1);
    const window = { kernelY, kernelX, strideY, strideX, top, left };
    const { type } = found.tensor;
    if (kind === 'maxpool') {
      graph.append(kind, {
        inputs: [found.index],
        output: spec(type, rows, columns, channels),
        attributes: window,
      });
      return true;
    }
    const outType = random.pick(['i8', 'i16'] as const);
    graph.append(kind, {
      inputs: [found.index],
      output: spec(outType, rows, columns, channels),
      attributes: {
        ...window,
        m: factor(random, 30),
        s: shift(random),
        zx: zeroPoint(random, type),
        zy: zeroPoint(random, outType),
      },
    });
    return true;
  };

const add: Try = (graph, random) => {
  const types = anyOf('i8', 'i16', 'i32');
  const a = find(graph, random, (t) => types(t) && plain(graph, t));
  const b = a && find(graph, random, (t) => types(t) && same(t.dims, a.tensor.dims));
  if (a === undefined || b === undefined) return false;
  const outType = random.pick(['i8', 'i16', 'i32'] as const);
  graph.append('add', {
    inputs: [a.index, b.index],
    output: spec(outType, ...a.tensor.dims),
    attributes: {
      za: zeroPoint(random, a.tensor.type),
      ma: factor(random, 24),
      sa: shift(random),
      zb: zeroPoint(random, b.tensor.type),
      mb: factor(random, 24),
      sb: shift(random),
      zy: zeroPoint(random, outType),
    },
  });
  return true;
};

const mul: Try = (graph, random) => {
  const types = anyOf('i8', 'i16');
  const a = find(graph, random, (t) => types(t) && plain(graph, t));
  const b =
    a &&
    find(graph, random, (t) => types(t) && (same(t.dims, a.tensor.dims) || same(t.dims, [last(a.tensor)])));
  if (a === undefined || b === undefined) return false;
  const outType = random.pick(['i8', 'i16'] as const);
  graph.append('mul', {
    inputs: [a.index, b.index],
    output: spec(outType, ...a.tensor.dims),
    attributes: {
      za: zeroPoint(random, a.tensor.type),
      zb: zeroPoint(random, b.tensor.type),
      zy: zeroPoint(random, outType),
      m: factor(random, 30),
      s: shift(random),
    },
  });
  return true;
};

const lut =
  (kind: 'lut8' | 'lut16', type: ElementType): Try =>
  (graph, random) => {
    const found = find(graph, random, (t) => t.type === type && plain(graph, t));
    // One table of 128 KiB a graph is enough.
    if (found === undefined || graph.operators.some((operator) => operator.kind === kind)) return false;
    graph.append(kind, { inputs: [found.index], output: found.tensor, attributes: {} });
    return true;
  };

const embed: Try = (graph, random) => {
  if (graph.form === 'map') return false;
  const width = random.pick([4, 6, 8]);
  const attributes = { ofPosition: random.chance(0.4) };
  graph.append('embed', {
    inputs: [],
    output: spec(random.pick(['i16', 'i32'] as const), 'T', width),
    attributes,
  });
  return true;
};

const matMul: Try = (graph, random) => {
  const fits = (t: TensorSpec): boolean =>
    anyOf('i8', 'i16')(t) && t.dims.length >= 2 && isConstant(last(t)) && plain(graph, t);
  const a = find(graph, random, fits);
  const b =
    a &&
    find(
      graph,
      random,
      (t) =>
        fits(t) &&
        last(t) === last(a.tensor) &&
        t.dims.length === a.tensor.dims.length &&
        same(t.dims.slice(0, -2), a.tensor.dims.slice(0, -2)),
    );
  if (a === undefined || b === undefined) return false;
  const rows = a.tensor.dims[a.tensor.dims.length - 2]!;
  const columns = b.tensor.dims[b.tensor.dims.length - 2]!;
  if (!isConstant(rows) && !isConstant(columns)) return false;
  graph.append('matmul', {
    inputs: [a.index, b.index],
    output: spec(random.pick(['i8', 'i16'] as const), ...a.tensor.dims.slice(0, -2), rows, columns),
    attributes: { m: factor(random, 24), s: shift(random) },
  });
  return true;
};

/** Operators with weights, and those that work place by place. */
export const LAYERS: Readonly<Record<string, Try>> = {
  dense,
  denseParts,
  denseShift,
  conv,
  maxPool: pool('maxpool'),
  sumPool: pool('sumpool'),
  add,
  mul,
  lut8: lut('lut8', 'i8'),
  lut16: lut('lut16', 'i16'),
  embed,
  matMul,
};
