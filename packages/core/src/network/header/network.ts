import type { TextSize } from '../model/dimension.ts';
import { resolveTensor, type Shape, sizeOf } from '../model/tensor.ts';
import { alignUp } from '../model/weight-row.ts';
import type { Operator, OperatorNode } from '../operators/operator.ts';
import { operatorOf } from '../operators/table.ts';
import { type NetworkHeader, TASK_INPUT } from './header.ts';
import { placeOfUnrolled, type Span, spanAt, spansOf, unrolledCount, unrolledInput } from './spans.ts';

/** A span with the places of its tensors in the trace. */
interface PlacedSpan extends Span {
  /** Where the first time's first tensor begins. */
  readonly offset: number;
  /** Bytes of the tensors of one time. */
  readonly size: number;
  /** Of each operator, from the start of its time. */
  readonly offsets: readonly number[];
}

/** One operator as it runs. Tensors are named by unrolled index. */
export interface RunningOperator {
  /** Index of the operator as the header lists it. */
  readonly written: number;
  readonly operator: Operator<unknown>;
  readonly node: OperatorNode<unknown>;
  /** Tensors that it reads, or TASK_INPUT. */
  readonly inputs: readonly number[];
  /** Where its rows or tables begin in the blob. */
  readonly place: number;
}

/** A header for one size of text: shapes are numbers, tensors have places in the trace. */
export interface Network {
  readonly header: NetworkHeader;
  readonly size: TextSize;
  /** Shape of the task's input, of a map. */
  readonly input: Shape | undefined;
  /** Tensors of the trace. */
  readonly tensorCount: number;
  readonly traceBytes: number;
  /** Of written operators. */
  readonly shapes: readonly Shape[];
  readonly spans: readonly PlacedSpan[];
}

/** The network of a valid `header` for a text of this size. Costs one step for each written operator. */
export function createNetwork(header: NetworkHeader, size: TextSize): Network {
  const shapes = header.operators.map(({ output }) => resolveTensor(output, size));
  const plain = spansOf(header);
  const spans: PlacedSpan[] = [];
  let offset = 0;
  for (const span of plain) {
    const offsets: number[] = [];
    let end = 0;
    for (let i = 0; i < span.length; i++) {
      offsets.push(end);
      end += alignUp(sizeOf(shapes[span.first + i]!));
    }
    spans.push({ ...span, offset, size: end, offsets });
    offset += end * span.count;
  }
  return {
    header,
    size,
    input: header.input === undefined ? undefined : resolveTensor(header.input, size),
    tensorCount: unrolledCount(plain),
    traceBytes: offset,
    shapes,
    spans,
  };
}

/** The shape of tensor `tensor`, or of the task's input. */
export function shapeOf(network: Network, tensor: number): Shape {
  if (tensor === TASK_INPUT) return network.input!;
  return network.shapes[placeOfUnrolled(network.spans, tensor).written]!;
}

/** Where tensor `tensor` begins in the trace: a multiple of 128. */
export function tensorOffset({ spans }: Network, tensor: number): number {
  const { span, written, iteration } = placeOfUnrolled(spans, tensor);
  return span.offset + iteration * span.size + span.offsets[written - span.first]!;
}

/** The tensor whose bytes, or the padding behind them, are at `offset` of the trace. */
export function tensorAt({ spans }: Network, offset: number): number {
  const span = spanAt(spans, (candidate) => candidate.offset, offset);
  const iteration = Math.floor((offset - span.offset) / span.size);
  const within = offset - span.offset - iteration * span.size;
  const { index } = spanAt(
    span.offsets.map((start, index) => ({ start, index })),
    ({ start }) => start,
    within,
  );
  return span.start + iteration * span.length + index;
}

/** The operator that writes tensor `tensor`. */
export function runningOperator(network: Network, tensor: number): RunningOperator {
  const { header, spans, shapes } = network;
  const place = placeOfUnrolled(spans, tensor);
  const written = header.operators[place.written]!;
  const inputs = written.inputs.map((input) => unrolledInput(spans, place, input));
  return {
    written: place.written,
    operator: operatorOf(written.kind),
    node: {
      attributes: written.attributes,
      inputs: written.inputs.map((input) => (input === TASK_INPUT ? network.input! : shapes[input]!)),
      output: shapes[place.written]!,
    },
    inputs,
    place: written.place + place.iteration * place.span.blobStride,
  };
}
