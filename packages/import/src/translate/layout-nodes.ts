import type { Dimension } from '@aivm/core/network';
import { axisOf, integersOf, refuseNode } from '../evaluate/evaluate-node.ts';
import { paddings, slicedAxes, splitLengths } from '../evaluate/moves.ts';
import { numberOf, numbersOf, type OnnxNode } from '../onnx/onnx-model.ts';
import { showDims } from '../tensor/tensor.ts';
import type { Translation, View } from './translation.ts';

const outputDims = (t: Translation, node: OnnxNode): readonly number[] => t.dims(node.outputs[0] as string);

export function translateTranspose(t: Translation, node: OnnxNode): undefined {
  const { axes, node: id } = t.view(node, 0);
  const order = numbersOf(node, 'perm') ?? axes.map((_, axis) => axes.length - 1 - axis);
  t.define(node, { node: id, axes: order.map((axis) => axes[axis]) });
}

/** Axes that become others: as many elements on both sides. */
interface AxisGroup {
  readonly from: readonly number[];
  readonly to: readonly number[];
}

/** The groups of a reshape, without axes of one place; undefined where the axes do not fit in order. */
function groupsOf(from: readonly number[], to: readonly number[]): readonly AxisGroup[] | undefined {
  const wide = (dims: readonly number[]): number[] =>
    dims.flatMap((length, axis) => (length === 1 ? [] : [axis]));
  const [left, right] = [wide(from), wide(to)];
  const groups: AxisGroup[] = [];
  while (left.length > 0 || right.length > 0) {
    const group = { from: [left.shift()], to: [right.shift()] } as {
      from: (number | undefined)[];
      to: (number | undefined)[];
    };
    let [a, b] = [from[group.from[0] ?? -1] ?? 0, to[group.to[0] ?? -1] ?? 0];
    while (a !== b) {
      if (a === 0 || b === 0) return undefined;
      if (a < b) {
        const axis = left.shift();
        if (axis === undefined) return undefined;
        group.from.push(axis);
        a *= from[axis] as number;
      } else {
        const axis = right.shift();
        if (axis === undefined) return undefined;
        group.to.push(axis);
        b *= to[axis] as number;
      }
    }
    groups.push(group as AxisGroup);
  }
  return groups;
}

/** Any operator that keeps the elements in order. */
export function translateReshape(t: Translation, node: OnnxNode): undefined {
  const entry = t.entry(node, 0);
  if (entry.kind === 'tokens') {
    t.entries.set(node.outputs[0] as string, entry);
    return;
  }
  const from = t.dims(node.inputs[0] as string);
  const to = outputDims(t, node);
  const groups = groupsOf(from, to);
  if (groups === undefined)
    return refuseNode(node, `makes ${showDims(to)} of ${showDims(from)}, which has no integer form`);
  const view = t.view(node, 0);
  if (groups.every(({ from: a, to: b }) => a.length === 1 && b.length === 1)) {
    const axes = to.map(() => undefined as number | undefined);
    for (const { from: a, to: b } of groups) axes[b[0] as number] = view.axes[a[0] as number];
    t.define(node, { node: view.node, axes });
    return;
  }
  reshapeGroups(t, node, { view, from, to, groups });
}

function reshapeGroups(
  t: Translation,
  node: OnnxNode,
  {
    view,
    from,
    to,
    groups,
  }: { view: View; from: readonly number[]; to: readonly number[]; groups: readonly AxisGroup[] },
): undefined {
  const { textLength } = t.trace;
  const mixes = groups.find(
    ({ from: a, to: b }) => (a.length > 1 || b.length > 1) && a.some((axis) => from[axis] === textLength),
  );
  if (mixes !== undefined && textLength !== undefined)
    return refuseNode(node, 'joins the rows of a text with other axes, which has no integer form');
  const own = t.order(view).filter((axis) => from[axis] !== 1);
  // Where each group's axes are neighbours, the groups keep their order; else all axes go back to that of the model.
  const isTogether = groups.every(({ from: a }) => {
    const first = own.indexOf(a[0] as number);
    return a.every((axis, i) => own[first + i] === axis);
  });
  const ordered = isTogether
    ? [...groups].sort((a, b) => own.indexOf(a.from[0] as number) - own.indexOf(b.from[0] as number))
    : groups;
  const input = t.ordered(
    node.name,
    view,
    ordered.flatMap(({ from: a }) => a),
  );
  const order = ordered.flatMap(({ to: b }) => b);
  const dims = order.map((axis) => t.label(to[axis] as number));
  const reshape = { name: node.name, operation: { kind: 'reshape' }, inputs: [input], dims } as const;
  t.define(node, t.addView(reshape, order, to.length));
}

/** `count` places from `start` on along an ONNX axis. */
function sliceAxis(
  t: Translation,
  node: OnnxNode,
  view: View,
  { axis, start, count }: { readonly axis: number; readonly start: number; readonly count: number },
): View {
  const at = view.axes[axis];
  if (at === undefined) return view;
  const dims = t.builder.dims(view.node);
  if (typeof dims[at] !== 'number')
    return refuseNode(node, 'takes some rows of a text, which has no integer form; their mean has one');
  if (dims[at] === count) return view;
  const sliced = t.builder.add({
    name: node.name,
    operation: { kind: 'slice', axis: at, start },
    inputs: [view.node],
    dims: dims.with(at, count),
  });
  return { ...view, node: sliced };
}

export function translateSlice(t: Translation, node: OnnxNode): undefined {
  const dims = t.dims(node.inputs[0] as string);
  const axes = slicedAxes(
    node,
    dims,
    node.inputs.map((name) => t.constant(name)),
  );
  if (axes.some(({ step }) => step !== 1))
    return refuseNode(node, 'of steps other than 1 has no integer form');
  const cut = axes.filter(({ axis, count }) => count !== dims[axis]);
  t.define(
    node,
    cut.reduce((view, part) => sliceAxis(t, node, view, part), t.view(node, 0)),
  );
}

export function translateSplit(t: Translation, node: OnnxNode): undefined {
  const dims = t.dims(node.inputs[0] as string);
  const axis = axisOf(node, numberOf(node, 'axis', 0), dims.length);
  const view = t.view(node, 0);
  let start = 0;
  const lengths = splitLengths(
    node,
    dims[axis] as number,
    node.inputs.map((name) => t.constant(name)),
  );
  for (const [output, count] of lengths.entries()) {
    t.define(node, sliceAxis(t, node, view, { axis, start, count }), output);
    start += count;
  }
}

/** Zeros before and behind what varies along an axis, as some exporters write a padding. */
function zerosAround(
  t: Translation,
  node: OnnxNode,
): { readonly before: number; readonly parts: readonly number[] } {
  const isZero = node.inputs.map((name) => {
    const constant = t.constant(name);
    if (constant === undefined) return false;
    return constant.data.every((value) => value === 0)
      ? true
      : refuseNode(node, 'joins constants that are not 0');
  });
  const parts = node.inputs.flatMap((_, index) => (isZero[index] === true ? [] : [index]));
  const [first = 0, last = 0] = [parts[0], parts[parts.length - 1]];
  if (last - first + 1 !== parts.length) return refuseNode(node, 'joins constants between values');
  return { before: first, parts };
}

export function translateConcat(t: Translation, node: OnnxNode): undefined {
  const rank = outputDims(t, node).length;
  const axis = axisOf(node, numberOf(node, 'axis', 0), rank);
  const { before, parts } = zerosAround(t, node);
  const views = parts.map((index) => t.view(node, index));
  const order = [...new Set([...views.flatMap((view) => t.order(view)), axis])];
  const at = order.indexOf(axis);
  const inputs = views.map((view) => t.ordered(node.name, view, order));
  const lengthOf = (index: number): number => t.dims(node.inputs[index] as string)[axis] as number;
  const length = parts.reduce((sum, index) => sum + lengthOf(index), 0);
  const dims = t.builder.dims(inputs[0] as number).with(at, length);
  const { name } = node;
  const joined =
    inputs.length === 1
      ? (inputs[0] as number)
      : t.builder.add({ name, operation: { kind: 'concat', axis: at }, inputs, dims });
  const whole = outputDims(t, node)[axis] as number;
  const skipped = Array.from({ length: before }, (_, index) => lengthOf(index)).reduce((a, b) => a + b, 0);
  const operation = { kind: 'pad', before: order.map((_, i) => (i === at ? skipped : 0)) } as const;
  const pad = { name, operation, inputs: [joined], dims: dims.with(at, whole) };
  if (whole !== length) return t.define(node, t.addView(pad, order, rank));
  t.define(node, {
    node: joined,
    axes: Array.from({ length: rank }, (_, onnx) => (order.includes(onnx) ? order.indexOf(onnx) : undefined)),
  });
}

export function translatePad(t: Translation, node: OnnxNode): undefined {
  const dims = t.dims(node.inputs[0] as string);
  const constants = node.inputs.map((name) => t.constant(name));
  const around = paddings(node, dims.length, constants);
  if ((constants[2]?.data[0] ?? numberOf(node, 'value', 0)) !== 0)
    return refuseNode(node, 'with another value than 0 has no integer form');
  const view = t.view(node, 0);
  const padded = around.flatMap(([before, after], axis) => (before + after > 0 ? [axis] : []));
  const order = [...new Set([...t.order(view), ...padded])];
  const input = t.ordered(node.name, view, order);
  const to = outputDims(t, node);
  const operation = { kind: 'pad', before: order.map((axis) => around[axis]?.[0] ?? 0) } as const;
  const lengths = order.map((axis, i) =>
    padded.includes(axis) ? (to[axis] as number) : (t.builder.dims(input)[i] as Dimension),
  );
  t.define(node, t.addView({ name: node.name, operation, inputs: [input], dims: lengths }, order, to.length));
}

/** Reads a table for each token, or one place of an axis. */
export function translateGather(t: Translation, node: OnnxNode): undefined {
  const table = t.constant(node.inputs[0]);
  const rank = outputDims(t, node).length;
  if (table !== undefined) {
    if (t.entry(node, 1).kind !== 'tokens' || table.dims.length !== 2)
      return refuseNode(
        node,
        'reads a constant at places that vary, which has an integer form for tokens alone',
      );
    const [rows, width] = table.dims as [number, number];
    const operation = { kind: 'embed', table: { rows, width, data: table.data }, ofPosition: false } as const;
    const embed = { name: node.name, operation, inputs: [], dims: ['T', width] } as const;
    t.define(node, t.addView(embed, [rank - 2, rank - 1], rank));
    return;
  }
  const dims = t.dims(node.inputs[0] as string);
  const axis = axisOf(node, numberOf(node, 'axis', 0), dims.length);
  const indices = integersOf(t.constant(node.inputs[1]));
  const indexDims = t.constant(node.inputs[1])?.dims ?? [];
  if (indices?.length !== 1)
    return refuseNode(node, 'reads several places, which has no integer form; one has');
  const [index] = indices as [number];
  const start = index < 0 ? index + (dims[axis] as number) : index;
  const view = sliceAxis(t, node, t.view(node, 0), { axis, start, count: 1 });
  // The axis has one place now and no name, unless the index has an axis.
  t.define(node, {
    node: view.node,
    axes: view.axes.toSpliced(axis, 1, ...indexDims.map(() => view.axes[axis])),
  });
}

/** Whole repeats of the nearest place. */
export function translateResize(t: Translation, node: OnnxNode): undefined {
  const from = t.dims(node.inputs[0] as string);
  const to = outputDims(t, node);
  const view = t.view(node, 0);
  const order = t.order(view);
  const factors = order.map((axis) => (to[axis] as number) / (from[axis] as number));
  const dims = order.map((axis) => t.label(to[axis] as number));
  const operation = { kind: 'upsample', factors } as const;
  t.define(node, t.addView({ name: node.name, operation, inputs: [view.node], dims }, order, to.length));
}
