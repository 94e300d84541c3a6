import { ACTIVATIONS_AND_SUMS, requireInputType, requireOutputType } from './checks.ts';
import { numbersOf, type Operator, wideOutput } from './operator.ts';
import {
  checkSegments,
  type SegmentAttributes,
  segmentAttributes,
  segmentMacs,
  segmentOf,
  segmentReads,
} from './segment.ts';

const INDEX_MAX = 2 ** 32 - 1;

/**
 * The largest value·2^32 + (2^32 − 1 − index) of each segment, where an index counts from the start of the row. The
 * maximum of such keys (by `rowmax`) names the largest value, and the smallest index at a tie.
 */
export const argKey: Operator<SegmentAttributes> = {
  number: 15,
  attributes: segmentAttributes,
  inputCount: [1, 1],
  combinesLastAxis: true,
  check: (spec) => {
    const input = requireInputType(spec, 0, ACTIVATIONS_AND_SUMS);
    requireOutputType(spec, ['i64']);
    checkSegments(spec, input);
  },
  macs: segmentMacs,
  blobSize: () => 0,
  reads: (node) => [segmentReads(node)],
  unit: ({ attributes: { segment }, inputs }, element, read) => {
    const { start, offset, count } = segmentOf(inputs[0]!, segment, element);
    const keys = Array.from(
      read.numbers(0, start, count),
      (value, i) => (BigInt(value) << 32n) + BigInt(INDEX_MAX - (offset + i)),
    );
    return keys.reduce((most, key) => (key > most ? key : most));
  },
  run: ({ attributes: { segment }, inputs, output }, memory) => {
    const x = numbersOf(memory, 0);
    const y = wideOutput(memory);
    for (let element = 0; element < output.count; element++) {
      const { start, offset, count } = segmentOf(inputs[0]!, segment, element);
      let best = 0;
      for (let i = 1; i < count; i++) if ((x[start + i] as number) > (x[start + best] as number)) best = i;
      y[element] = BigInt(x[start + best] as number) * 2n ** 32n + BigInt(INDEX_MAX - (offset + best));
    }
  },
};
