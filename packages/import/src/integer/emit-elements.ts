import { refuseNode } from '../evaluate/evaluate-node.ts';
import type { GraphNode, Operation } from '../graph/graph.ts';
import { emitDense } from './emit-linear.ts';
import type { Emitter } from './emitter.ts';
import { fractionOf } from './fraction.ts';

/** Bits of mults, which must stay below 2^24 (sums) and 2^30 (products). */
const ADD_BITS = 23;
const MUL_BITS = 24;
const POOL_BITS = 24;

/** The sum of two values; of a dense layer and what it is added to on 32 bits, one operator. */
export function emitAdd(e: Emitter, node: GraphNode): number {
  const [first, second] = node.inputs as readonly [number, number];
  const held = e.heldFor(node);
  if (held !== undefined) {
    const other = held.id === first ? second : first;
    if (held.operation.kind === 'dense') return emitDense(e, held, held.operation, e.tensor(other));
  }
  const to = e.grid(node.id);
  const [a, b] = [e.grid(first), e.grid(second)];
  const [left, right] = [fractionOf(a.scale / to.scale, ADD_BITS), fractionOf(b.scale / to.scale, ADD_BITS)];
  return e.network.add(node.name, {
    kind: 'add',
    inputs: [e.tensor(first), e.tensor(second)],
    ...{ type: to.type, dims: node.dims },
    attributes: {
      ...{ za: a.zero, ma: left.mult, sa: left.shift },
      ...{ zb: b.zero, mb: right.mult, sb: right.shift, zy: to.zero },
    },
  });
}

export function emitMul(e: Emitter, node: GraphNode): number {
  const [first, second] = node.inputs as readonly [number, number];
  const to = e.grid(node.id);
  const [a, b] = [e.narrowGrid(node, first), e.narrowGrid(node, second)];
  const { mult: m, shift: s } = fractionOf((a.scale * b.scale) / to.scale, MUL_BITS);
  return e.network.add(node.name, {
    kind: 'mul',
    inputs: [e.tensor(first), e.tensor(second)],
    ...{ type: to.type, dims: node.dims, attributes: { za: a.zero, zb: b.zero, zy: to.zero, m, s } },
  });
}

/** A table with an entry for each integer that the input can be. */
export function emitUnary(
  e: Emitter,
  node: GraphNode,
  operation: Extract<Operation, { readonly kind: 'unary' }>,
): number {
  const { apply } = operation.function;
  const input = node.inputs[0] as number;
  const from = e.narrowGrid(node, input);
  const to = e.grid(node.id);
  const half = from.type === 'i8' ? 128 : 32_768;
  const table = from.type === 'i8' ? new Int8Array(256) : new Int16Array(65_536);
  const [low, high] = node.clip ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let i = 0; i < table.length; i++) {
    const value = Math.min(Math.max(apply((i - half - from.zero) * from.scale), low), high);
    if (Number.isNaN(value)) table[i] = to.zero;
    else table[i] = Math.min(Math.max(Math.round(value / to.scale) + to.zero, -half), half - 1);
  }
  return e.network.add(node.name, {
    kind: from.type === 'i8' ? 'lut8' : 'lut16',
    inputs: [e.tensor(input)],
    ...{ type: to.type, dims: node.dims, place: e.network.blob.table(table), attributes: {} },
  });
}

/** The same values on another grid: a sum with nothing. */
export function emitRegrid(e: Emitter, node: GraphNode): number {
  const input = node.inputs[0] as number;
  const [from, to] = [e.grid(input), e.grid(node.id)];
  const { mult, shift } = fractionOf(from.scale / to.scale, ADD_BITS);
  return e.network.add(node.name, {
    kind: 'add',
    inputs: [e.tensor(input), e.tensor(input)],
    ...{ type: to.type, dims: node.dims },
    attributes: { za: from.zero, ma: mult, sa: shift, zb: from.zero, mb: 0, sb: 0, zy: to.zero },
  });
}

export function emitPool(
  e: Emitter,
  node: GraphNode,
  { isMaximum, window }: Extract<Operation, { readonly kind: 'pool' }>,
): number {
  const input = node.inputs[0] as number;
  const from = e.narrowGrid(node, input);
  const to = e.grid(node.id);
  const { kernelY, kernelX, strideY, strideX, top, left } = window;
  const attributes = { kernelY, kernelX, strideY, strideX, top, left };
  const common = { inputs: [e.tensor(input)], type: to.type, dims: node.dims };
  if (isMaximum) return e.network.add(node.name, { kind: 'maxpool', ...common, attributes });
  const { mult: m, shift: s } = fractionOf(from.scale / to.scale / (kernelY * kernelX), POOL_BITS);
  return e.network.add(node.name, {
    kind: 'sumpool',
    ...common,
    attributes: { ...attributes, m, s, zx: from.zero, zy: to.zero },
  });
}

export function emitProduct(
  e: Emitter,
  node: GraphNode,
  { factor }: Extract<Operation, { readonly kind: 'product' }>,
): number {
  const [a, b] = node.inputs as readonly [number, number];
  const to = e.grid(node.id);
  if (factor <= 0)
    return refuseNode({ name: node.name, operator: 'MatMul' }, 'by a negative number has no integer form');
  const { mult: m, shift: s } = fractionOf((e.grid(a).scale * e.grid(b).scale * factor) / to.scale, ADD_BITS);
  return e.network.add(node.name, {
    kind: 'matmul',
    inputs: [e.tensor(a), e.tensor(b)],
    ...{ type: to.type, dims: node.dims, attributes: { m, s } },
  });
}

/** What moves elements and changes none. */
export function emitMove(e: Emitter, node: GraphNode): number {
  const { operation, name, dims } = node;
  const { type, zero } = e.grid(node.id);
  const common = { inputs: node.inputs.map((input) => e.tensor(input)), type, dims };
  switch (operation.kind) {
    case 'transpose':
      return e.network.add(name, {
        kind: 'transpose',
        ...common,
        attributes: { permutation: [...operation.order] },
      });
    case 'concat':
      return e.network.add(name, { kind: 'concat', ...common, attributes: { axis: operation.axis } });
    case 'slice':
      return e.network.add(name, {
        kind: 'slice',
        ...common,
        attributes: { axis: operation.axis, start: operation.start },
      });
    case 'pad':
      return e.network.add(name, {
        kind: 'pad',
        ...common,
        attributes: { value: zero, before: [...operation.before] },
      });
    case 'upsample':
      return e.network.add(name, {
        kind: 'upsample',
        ...common,
        attributes: { factors: [...operation.factors] },
      });
    case 'tail':
      return e.network.add(name, { kind: 'tail', ...common, attributes: {} });
    default:
      return e.network.add(name, { kind: 'reshape', ...common, attributes: {} });
  }
}
