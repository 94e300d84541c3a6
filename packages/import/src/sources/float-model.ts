import type { Sample } from '../files/samples.ts';
import type { Graph } from '../graph/graph.ts';

/** A float model that was read: its graph, and its own answers. */
export interface FloatModel {
  readonly format: 'onnx' | 'checkpoint';
  readonly graph: Graph;
  /** Whether the answer is a softmax that the graph leaves out. */
  readonly leavesSoftmaxOut: boolean;
  /** What computed {@link answer}, for the report. */
  readonly reference: string;
  /** The model's answer in floats. */
  answer(sample: Sample): Float64Array;
}
