import type { Graph } from '../graph/graph.ts';
import type { FloatInput } from '../graph/run-float.ts';
import { runFloat } from '../graph/run-float.ts';

/** Smallest and largest value. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** One input of the model, and the size of its text (1 for a map). */
export interface CalibrationInput {
  readonly input: FloatInput;
  readonly rows: number;
}

/** The part of sorted values that counts, from both ends: without the rarest above `percentile` of 100. */
function rangeOf(data: Float64Array, percentile: number): Range {
  if (percentile >= 100) {
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const value of data) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
    return { low, high };
  }
  const sorted = Float64Array.from(data).sort();
  const skipped = Math.floor(((100 - percentile) / 100) * sorted.length);
  return { low: sorted[skipped] as number, high: sorted[sorted.length - 1 - skipped] as number };
}

/**
 * The range of each node's values over all inputs, in floats. Of the values of one input those beyond `percentile`
 * percent do not count.
 */
export function observeRanges(
  graph: Graph,
  inputs: readonly CalibrationInput[],
  percentile: number,
): ReadonlyMap<number, Range> {
  const ranges = new Map<number, Range>();
  for (const { input, rows } of inputs) {
    for (const [id, { data }] of runFloat(graph, input, { T: rows, N: rows })) {
      const { low, high } = rangeOf(data, percentile);
      const before = ranges.get(id);
      ranges.set(id, { low: Math.min(low, before?.low ?? low), high: Math.max(high, before?.high ?? high) });
    }
  }
  return ranges;
}
