import { struct } from '../../bytes/codec/composites.ts';
import { ELEMENT_SIZE } from '../model/element-type.ts';
import { lastDim, leadingDims, requireInputType, requireOutputDims, requireOutputType } from './checks.ts';
import { integersOf, narrowOutput, type Operator, oneRun, requireSpec } from './operator.ts';

const attributes = struct('ArgToken', {});

const INDEX_MAX = 2n ** 32n - 1n;

/** 2^32 − 1 − (key mod 2^32): the index in a key of `argkey`, for each row. The last axis, of one place, goes. */
export const argToken: Operator<Readonly<Record<never, unknown>>> = {
  number: 16,
  attributes,
  inputCount: [1, 1],
  check: (spec) => {
    const input = requireInputType(spec, 0, ['i64']);
    const last = lastDim(input);
    requireOutputType(spec, ['u32']);
    requireSpec(last === 1, spec, () => `the last axis of the input is ${last}; it must be 1`);
    requireOutputDims(spec, input.dims.length === 1 ? [1] : leadingDims(input));
  },
  macs: () => 1,
  blobSize: () => 0,
  reads: () => [{ source: 0, runs: oneRun(ELEMENT_SIZE.i64) }],
  unit: (_node, element, read) => INDEX_MAX - ((read.integers(0, element, 1)[0] as bigint) & INDEX_MAX),
  run: ({ output }, memory) => {
    const keys = integersOf(memory, 0);
    const y = narrowOutput(memory);
    for (let i = 0; i < output.count; i++) y[i] = Number(~BigInt.asUintN(32, keys[i] as bigint) & INDEX_MAX);
  },
};
