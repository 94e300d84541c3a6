import type { NetworkHeader } from './header.ts';
import { TASK_INPUT } from './header.ts';

/**
 * A stretch of operators that runs `count` times: a `repeat`, or what stands between two of them (once). Operators are
 * `written` as the header lists them, and `unrolled` as they run; each writes the tensor of its unrolled index.
 */
export interface Span {
  /** Written index of the first operator. */
  readonly first: number;
  /** Operators of one time. */
  readonly length: number;
  readonly count: number;
  readonly blobStride: number;
  /** Unrolled index of the first operator of the first time. */
  readonly start: number;
}

/** An operator as it runs: the written one, in the time `iteration` of its span. */
export interface UnrolledPlace<S extends Span> {
  readonly span: S;
  readonly written: number;
  readonly iteration: number;
}

/** The spans of a header in order. The repeats are ascending and disjoint. */
export function spansOf({
  operators,
  repeats,
}: Pick<NetworkHeader, 'operators' | 'repeats'>): readonly Span[] {
  const spans: Span[] = [];
  let written = 0;
  let start = 0;
  const push = (length: number, count: number, blobStride: number): void => {
    if (length > 0) spans.push({ first: written, length, count, blobStride, start });
    written += length;
    start += length * count;
  };
  for (const { first, last, count, blobStride } of repeats) {
    push(first - written, 1, 0);
    push(last - first + 1, count, blobStride);
  }
  push(operators.length - written, 1, 0);
  return spans;
}

/** Operators as they run. */
export function unrolledCount(spans: readonly Span[]): number {
  const last = spans[spans.length - 1];
  return last === undefined ? 0 : last.start + last.length * last.count;
}

/** The last span whose `key` is at most `value`. Spans ascend in every key, and the first one's is 0. */
export function spanAt<S>(spans: readonly S[], key: (span: S) => number, value: number): S {
  let low = 0;
  let high = spans.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (key(spans[middle] as S) <= value) low = middle;
    else high = middle - 1;
  }
  return spans[low] as S;
}

/** Which written operator runs as number `unrolled`. */
export function placeOfUnrolled<S extends Span>(spans: readonly S[], unrolled: number): UnrolledPlace<S> {
  const span = spanAt(spans, ({ start }) => start, unrolled);
  const offset = unrolled - span.start;
  const iteration = Math.floor(offset / span.length);
  return { span, iteration, written: span.first + (offset - iteration * span.length) };
}

/** The unrolled index of what an operator at `place` calls tensor `input`. */
export function unrolledInput(spans: readonly Span[], place: UnrolledPlace<Span>, input: number): number {
  if (input === TASK_INPUT) return TASK_INPUT;
  const source = spanAt(spans, ({ first }) => first, input);
  const iteration = source === place.span ? place.iteration : source.count - 1;
  const own = source.start + iteration * source.length + (input - source.first);
  // What stands before a repeated span is read once; from then on its own last output takes its place.
  if (input === place.span.first - 1 && place.iteration > 0)
    return place.span.start + place.iteration * place.span.length - 1;
  return own;
}
