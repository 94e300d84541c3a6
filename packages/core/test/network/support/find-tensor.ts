import {
  type Dimension,
  ELEMENT_RANGE,
  type ElementType,
  isNarrow,
  TASK_INPUT,
  type TensorSpec,
} from '../../../src/network/index.ts';
import type { GraphBuilder } from './graph-builder.ts';
import type { Random } from './random.ts';

export const isConstant = (length: Dimension | undefined): length is number => typeof length === 'number';
export const symbols = ({ dims }: TensorSpec): number => dims.filter((length) => !isConstant(length)).length;
export const last = ({ dims }: TensorSpec): Dimension => dims[dims.length - 1]!;
export const lead = ({ dims }: TensorSpec): readonly Dimension[] => dims.slice(0, -1);
export const same = (left: readonly Dimension[], right: readonly Dimension[]): boolean =>
  left.length === right.length && left.every((length, axis) => length === right[axis]);

/** Tries to append one operator of a kind to what is there; false where nothing fits. */
export type Try = (graph: GraphBuilder, random: Random) => boolean;

/** A tensor that fits, preferring late ones, so that graphs grow deep. */
export function find(
  graph: GraphBuilder,
  random: Random,
  fits: (tensor: TensorSpec) => boolean,
): { readonly index: number; readonly tensor: TensorSpec } | undefined {
  const all = [...graph.operators.keys()].filter((index) => fits(graph.tensor(index)));
  if (graph.form === 'map' && fits(graph.tensor(TASK_INPUT))) all.push(TASK_INPUT);
  if (all.length === 0) return undefined;
  const index = random.chance(0.5) && all.length > 1 ? all[all.length - 1]! : random.pick(all);
  return { index, tensor: graph.tensor(index) };
}

/** In a decoder, tensors of queries × keys belong to attention alone. */
export const plain = (graph: GraphBuilder, tensor: TensorSpec): boolean =>
  graph.form !== 'decoder' || symbols(tensor) < 2;
export const rowless = (graph: GraphBuilder, tensor: TensorSpec): boolean =>
  graph.form !== 'decoder' || isConstant(last(tensor)) || symbols(tensor) === 2;

export const anyOf =
  (...types: ElementType[]): ((tensor: TensorSpec) => boolean) =>
  (tensor) =>
    types.includes(tensor.type);

export const shift = (random: Random): number => random.pick([0, 1, 7, 15, 31, 46, 62, random.int(0, 62)]);
export const factor = (random: Random, bits: number): number =>
  random.pick([0, 1, 2 ** bits - 1, random.int(0, 2 ** bits - 1)]);

export function zeroPoint(random: Random, type: ElementType): number {
  if (type === 'i32' || !isNarrow(type)) return 0;
  const [low, high] = ELEMENT_RANGE[type];
  return random.pick([0, low, high, random.int(low, high)]);
}

export function bounds(random: Random, type: 'i8' | 'i16' | 'i32'): { zy: number; lo: number; hi: number } {
  const [low, high] = ELEMENT_RANGE[type];
  if (type === 'i32' || random.chance(0.5)) return { zy: zeroPoint(random, type), lo: low, hi: high };
  const lo = random.int(low, high);
  return { zy: zeroPoint(random, type), lo, hi: random.int(lo, high) };
}
