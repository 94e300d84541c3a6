import type { Dimension } from '@aivm/core/network';
import { refuseNode } from '../evaluate/evaluate-node.ts';
import type { GraphRun } from '../evaluate/run-graph.ts';
import type { Operation, Pointwise } from '../graph/graph.ts';
import { GraphBuilder } from '../graph/graph-builder.ts';
import type { OnnxModel, OnnxNode } from '../onnx/onnx-model.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** A value of the ONNX graph as a node of ours under other axes: `axes[i]` is the node's axis for ONNX axis i, if any. */
export interface View {
  readonly node: number;
  readonly axes: readonly (number | undefined)[];
}

/** Products of queries and keys that wait for their softmax. Axes are those of ONNX. */
export interface Scores {
  readonly queries: View;
  readonly keys: View;
  readonly factor: number;
  readonly causal: boolean;
}

/** What is known of a value that varies with the task. */
export type Entry =
  | { readonly kind: 'tokens' }
  /** `pending` is still to be applied to each element. */
  | { readonly kind: 'view'; readonly view: View; readonly pending?: Pointwise }
  | { readonly kind: 'scores'; readonly scores: Scores }
  /** The softmax of scores. */
  | { readonly kind: 'weights'; readonly scores: Scores }
  /** The sum of the rows of a text, to be divided by their number. */
  | { readonly kind: 'rowSum'; readonly view: View };

/** A run of the model on some input, from which shapes and constants are known. */
export interface TraceOfModel {
  readonly run: GraphRun;
  /** The length of the text in the run; undefined for a map. */
  readonly textLength: number | undefined;
  /** The same for the longest text, for tables by position. */
  longest(): GraphRun;
}

const identity = (axes: readonly number[]): boolean => axes.every((axis, i) => axis === i);

/** `outer` after `inner`. */
export const compose = (outer: Pointwise, inner: Pointwise | undefined): Pointwise =>
  inner === undefined
    ? outer
    : {
        label: `${inner.label} ${outer.label}`,
        apply: (x) => outer.apply(inner.apply(x)),
        ...(outer.factor !== undefined && inner.factor !== undefined
          ? { factor: outer.factor * inner.factor }
          : {}),
      };

/** The graph of a model as it grows, and what is known of each ONNX value. */
export class Translation {
  readonly builder = new GraphBuilder();
  readonly entries = new Map<string, Entry>();
  readonly remarks: string[] = [];
  readonly model: OnnxModel;
  readonly trace: TraceOfModel;

  constructor(model: OnnxModel, trace: TraceOfModel) {
    this.model = model;
    this.trace = trace;
  }

  /** The value of a constant; undefined for one that varies. */
  constant(name: string | undefined): Tensor | undefined {
    if (name === undefined || name === '' || this.trace.run.varying.has(name)) return undefined;
    return this.trace.run.values.get(name);
  }

  /** The axes of a value in the run. */
  dims(name: string): readonly number[] {
    return (this.trace.run.values.get(name) as Tensor).dims;
  }

  /** A length of the run, with the text's named T. */
  label(length: number): Dimension {
    return length === this.trace.textLength ? 'T' : length;
  }

  entry(node: OnnxNode, index: number): Entry {
    const name = node.inputs[index] ?? '';
    return this.entries.get(name) ?? refuseNode(node, `reads "${name}", which has no integer form`);
  }

  /** A value as a node, with everything applied that was pending. */
  view(node: OnnxNode, index: number): View {
    const entry = this.entry(node, index);
    if (entry.kind !== 'view')
      return refuseNode(node, `reads ${WAITING[entry.kind]}, which has no integer form here`);
    if (entry.pending === undefined) return entry.view;
    const { view, pending } = entry;
    const applied = this.builder.add({
      name: node.name,
      operation: { kind: 'unary', function: pending },
      inputs: [view.node],
      dims: this.builder.dims(view.node),
    });
    const done: View = { ...view, node: applied };
    // Others that read the value read the same node.
    this.entries.set(node.inputs[index] as string, { kind: 'view', view: done });
    return done;
  }

  define(node: OnnxNode, view: View, output = 0): undefined {
    const name = node.outputs[output];
    if (name !== undefined && name !== '') this.entries.set(name, { kind: 'view', view });
  }

  /** Axes of ONNX in the order in which the view's node has them. */
  order({ axes }: View): readonly number[] {
    const mapped = axes.flatMap((axis, onnx) => (axis === undefined ? [] : [[axis, onnx] as const]));
    return mapped.sort(([a], [b]) => a - b).map(([, onnx]) => onnx);
  }

  /** A node with exactly the ONNX axes `wanted`, in this order; those that the view lacks have one place. */
  ordered(name: string, view: View, wanted: readonly number[]): number {
    const { builder } = this;
    const dims = builder.dims(view.node);
    const own = wanted.flatMap((axis) => view.axes[axis] ?? []);
    const rest = dims.map((_, axis) => axis).filter((axis) => !own.includes(axis));
    const permutation = [...rest, ...own];
    let { node } = view;
    if (!identity(permutation))
      node = builder.add({
        name,
        operation: { kind: 'transpose', order: permutation },
        inputs: [node],
        dims: permutation.map((axis) => dims[axis] as Dimension),
      });
    if (rest.length === 0 && own.length === wanted.length) return node;
    const lengths = wanted.map((axis) => {
      const mapped = view.axes[axis];
      return mapped === undefined ? 1 : (dims[mapped] as Dimension);
    });
    return builder.add({ name, operation: { kind: 'reshape' }, inputs: [node], dims: lengths });
  }

  /** Adds a node whose axes are the ONNX axes `order` of a value with `rank` axes. */
  addView(
    {
      name,
      operation,
      inputs,
      dims,
    }: { name: string; operation: Operation; inputs: readonly number[]; dims: readonly Dimension[] },
    order: readonly number[],
    rank: number,
  ): View {
    const node = this.builder.add({ name, operation, inputs, dims });
    return {
      node,
      axes: Array.from({ length: rank }, (_, axis) => {
        const at = order.indexOf(axis);
        return at < 0 ? undefined : at;
      }),
    };
  }
}

const WAITING: Readonly<Record<Exclude<Entry['kind'], 'view'>, string>> = {
  tokens: 'tokens',
  scores: 'products of queries and keys',
  weights: 'a softmax',
  rowSum: 'a sum over the text',
};

/** Tells whether two views are the same values under the same axes. */
export const isSameView = (a: View, b: View): boolean =>
  a.node === b.node && a.axes.length === b.axes.length && a.axes.every((axis, i) => axis === b.axes[i]);
