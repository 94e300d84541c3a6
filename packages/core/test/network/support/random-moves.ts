import type { Dimension } from '../../../src/network/index.ts';
import { find, isConstant, plain, type Try } from './find-tensor.ts';
import { spec } from './graph-builder.ts';

const tail: Try = (graph, random) => {
  if (graph.form !== 'decoder') return false;
  const found = find(graph, random, (t) => t.dims[0] === 'T' && t.dims.slice(1).every(isConstant));
  if (found === undefined) return false;
  const { type, dims } = found.tensor;
  graph.append('tail', { inputs: [found.index], output: spec(type, 'N', ...dims.slice(1)), attributes: {} });
  return true;
};

const reshape: Try = (graph, random) => {
  const found = find(graph, random, (t) => plain(graph, t));
  if (found === undefined) return false;
  const { type, dims } = found.tensor;
  // Two constants that stand together become one, or a constant gets an axis of one place beside it.
  const at = dims.findIndex((length, axis) => isConstant(length) && isConstant(dims[axis + 1]));
  const joined: readonly Dimension[] =
    at < 0
      ? [1, ...dims]
      : [...dims.slice(0, at), (dims[at] as number) * (dims[at + 1] as number), ...dims.slice(at + 2)];
  if (joined.length > 4) return false;
  graph.append('reshape', { inputs: [found.index], output: spec(type, ...joined), attributes: {} });
  return true;
};

const transpose: Try = (graph, random) => {
  const found = find(graph, random, (t) => plain(graph, t));
  if (found === undefined) return false;
  const { type, dims } = found.tensor;
  const permutation = [...dims.keys()].sort(() => (random.chance(0.5) ? 1 : -1));
  graph.append('transpose', {
    inputs: [found.index],
    output: spec(type, ...permutation.map((axis) => dims[axis]!)),
    attributes: { permutation },
  });
  return true;
};

const concat: Try = (graph, random) => {
  const first = find(graph, random, (t) => t.dims.some(isConstant) && plain(graph, t));
  if (first === undefined) return false;
  const { type, dims } = first.tensor;
  const axis = random.pick([...dims.keys()].filter((candidate) => isConstant(dims[candidate])));
  const inputs = [first];
  for (let more = random.int(1, 3); more > 0; more--) {
    const next = find(
      graph,
      random,
      (t) =>
        t.type === type &&
        t.dims.length === dims.length &&
        t.dims.every((length, i) => (i === axis ? isConstant(length) : length === dims[i])),
    );
    if (next !== undefined) inputs.push(next);
  }
  if (inputs.length < 2) return false;
  const total = inputs.reduce((sum, { tensor }) => sum + (tensor.dims[axis] as number), 0);
  graph.append('concat', {
    inputs: inputs.map(({ index }) => index),
    output: spec(type, ...dims.with(axis, total)),
    attributes: { axis },
  });
  return true;
};

const slice: Try = (graph, random) => {
  const found = find(graph, random, (t) => t.dims.some(isConstant) && plain(graph, t));
  if (found === undefined) return false;
  const { type, dims } = found.tensor;
  const axis = random.pick([...dims.keys()].filter((candidate) => isConstant(dims[candidate])));
  const start = random.int(0, (dims[axis] as number) - 1);
  const count = random.int(1, (dims[axis] as number) - start);
  graph.append('slice', {
    inputs: [found.index],
    output: spec(type, ...dims.with(axis, count)),
    attributes: { axis, start },
  });
  return true;
};

const pad: Try = (graph, random) => {
  const found = find(graph, random, (t) => plain(graph, t));
  if (found === undefined) return false;
  const { type, dims } = found.tensor;
  const before = dims.map((length) => (isConstant(length) ? random.int(0, 2) : 0));
  const output = dims.map((length, axis) =>
    isConstant(length) ? length + before[axis]! + random.int(0, 2) : length,
  );
  const value = type.startsWith('u') ? random.int(0, 9) : random.int(-9, 9);
  graph.append('pad', {
    inputs: [found.index],
    output: spec(type, ...output),
    attributes: { value, before },
  });
  return true;
};

const upsample: Try = (graph, random) => {
  const found = find(graph, random, (t) => plain(graph, t));
  if (found === undefined) return false;
  const { type, dims } = found.tensor;
  const factors = dims.map((length) => (isConstant(length) ? random.int(1, 2) : 1));
  graph.append('upsample', {
    inputs: [found.index],
    output: spec(
      type,
      ...dims.map((length, axis) => (isConstant(length) ? length * factors[axis]! : length)),
    ),
    attributes: { factors },
  });
  return true;
};

/** Operators that move elements. */
export const MOVES: Readonly<Record<string, Try>> = {
  tail,
  reshape,
  transpose,
  concat,
  slice,
  pad,
  upsample,
};
