import { struct } from '../../bytes/codec/composites.ts';
import { divideFloor } from '../arithmetic/int64.ts';
import { ELEMENT_SIZE } from '../model/element-type.ts';
import { requireInputType, requireOutputDims, requireOutputType } from './checks.ts';
import { integersOf, type Operator, oneRun, wideOutput } from './operator.ts';

const attributes = struct('Recip', {});

const ONE = 2n ** 46n;

/** 2^46 div D, where a D below 1 counts as 1: what the sum of a row's exponentials is multiplied with. */
export const recip: Operator<Readonly<Record<never, unknown>>> = {
  number: 23,
  attributes,
  inputCount: [1, 1],
  check: (spec) => {
    requireOutputDims(spec, requireInputType(spec, 0, ['i64']).dims);
    requireOutputType(spec, ['i64']);
  },
  macs: () => 1,
  blobSize: () => 0,
  reads: () => [{ source: 0, runs: oneRun(ELEMENT_SIZE.i64) }],
  unit: (_node, element, read) => divideFloor(ONE, read.integers(0, element, 1)[0] as bigint),
  run: ({ output }, memory) => {
    const sums = integersOf(memory, 0);
    const y = wideOutput(memory);
    for (let i = 0; i < output.count; i++) {
      const sum = sums[i] as bigint;
      y[i] = ONE / (sum < 1n ? 1n : sum);
    }
  },
};
