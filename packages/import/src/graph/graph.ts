import type { Dimension, Form } from '@aivm/core/network';
import type { Window } from '../evaluate/windows.ts';

/** Rows of numbers: [rows][width]. */
export interface Matrix {
  readonly rows: number;
  readonly width: number;
  readonly data: Float32Array | Float64Array;
}

/** A function of one number. */
export interface Pointwise {
  readonly label: string;
  readonly apply: (x: number) => number;
  /** Set where the function only moves values to the nearest end of this range. */
  readonly clip?: readonly [low: number, high: number];
  /** Set where the function only multiplies by this. */
  readonly factor?: number;
}

/** Integers that stand for numbers: x = (q − zero) · scale. */
export interface Grid {
  readonly type: 'i8' | 'i16' | 'i32';
  readonly scale: number;
  readonly zero: number;
}

/** What a node computes. Rows of a tensor are its last axis; images are [height][width][channels]. */
export type Operation =
  | { readonly kind: 'input' }
  /** Row v of the table for the token v at each place of the text, or row t for the place t. */
  | { readonly kind: 'embed'; readonly table: Matrix; readonly ofPosition: boolean }
  /** W·x + bias for each row; the axes behind `leading` are one row. */
  | {
      readonly kind: 'dense';
      readonly weights: Matrix;
      readonly bias: Float64Array;
      readonly leading: number;
    }
  /** Weights are [output channels][kernelY · kernelX · channels of a group]. */
  | {
      readonly kind: 'conv';
      readonly weights: Matrix;
      readonly bias: Float64Array;
      readonly window: Window;
      readonly groups: number;
    }
  | { readonly kind: 'pool'; readonly isMaximum: boolean; readonly window: Window }
  | { readonly kind: 'add' }
  /** b has the axes of a, or only the last one. */
  | { readonly kind: 'mul' }
  /** gain_c · x + bias_c along the last axis. */
  | { readonly kind: 'affine'; readonly gain: Float64Array; readonly bias: Float64Array }
  | { readonly kind: 'unary'; readonly function: Pointwise }
  /** The nearest number of a grid: where a quantised model rounds. */
  | { readonly kind: 'round'; readonly grid: Grid }
  /** A row minus its mean (layer) or as it is (RMS), over its deviation, times gain, plus bias. */
  | {
      readonly kind: 'norm';
      readonly hasMean: boolean;
      readonly gain: Float64Array;
      readonly bias: Float64Array;
      readonly epsilon: number;
    }
  /** Pairs of a head [positions][heads][d] turn by their position's angle: i and i + d/2. */
  | { readonly kind: 'rope'; readonly angles: Matrix }
  /** q [T][heads][d], k and v [S][kvHeads][d] to [T][heads][d]. */
  | { readonly kind: 'attention'; readonly factor: number; readonly causal: boolean }
  /** factor · Σ_k a[…][i][k] · b[…][j][k]. */
  | { readonly kind: 'product'; readonly factor: number }
  /** The mean of the rows of [T][C]. */
  | { readonly kind: 'mean' }
  | { readonly kind: 'reshape' }
  | { readonly kind: 'transpose'; readonly order: readonly number[] }
  | { readonly kind: 'concat'; readonly axis: number }
  | { readonly kind: 'slice'; readonly axis: number; readonly start: number }
  | { readonly kind: 'pad'; readonly before: readonly number[] }
  | { readonly kind: 'upsample'; readonly factors: readonly number[] }
  /** The last N of T rows. */
  | { readonly kind: 'tail' }
  /** Of each row, the place of the largest value. */
  | { readonly kind: 'argmax' };

export type OperationKind = Operation['kind'];

/** One node; `inputs` are ids of nodes before it. Passes change nodes in place. */
export interface GraphNode {
  readonly id: number;
  /** Of the part of the model that it comes from. */
  readonly name: string;
  operation: Operation;
  inputs: readonly number[];
  dims: readonly Dimension[];
  /** Values move to the nearest end of this range. */
  clip?: readonly [low: number, high: number] | undefined;
  /** Where the model says on which integers the values stand. */
  grid?: Grid | undefined;
}

/** A model between its file and the integer network: float weights, in the terms of networks. */
export interface Graph {
  readonly form: Form;
  readonly maxT: number;
  readonly vocabulary: number;
  readonly endTokens: readonly number[];
  nodes: readonly GraphNode[];
  /** Id of the node whose values are the answer. */
  output: number;
  /** What the importer left out or changed, for the report. */
  readonly remarks: readonly string[];
}

/** Nodes that read each node. */
export function consumersOf({ nodes }: Pick<Graph, 'nodes'>): ReadonlyMap<number, readonly GraphNode[]> {
  const consumers = new Map<number, GraphNode[]>(nodes.map(({ id }) => [id, []]));
  for (const node of nodes) for (const input of new Set(node.inputs)) consumers.get(input)?.push(node);
  return consumers;
}
