import type { CodecValue } from '../../bytes/codec/codec.ts';
import { struct } from '../../bytes/codec/composites.ts';
import { bool } from '../../bytes/codec/primitives.ts';
import { EXP_TABLE, expBelowMaximum } from '../arithmetic/exp-table.ts';
import { roundShift } from '../arithmetic/int64.ts';
import { ELEMENT_SIZE } from '../model/element-type.ts';
import {
  leadingDims,
  requireDims,
  requireInputType,
  requireOutputDims,
  requireOutputType,
  requireRank,
} from './checks.ts';
import { narrowOutput, numbersOf, type Operator, oneRun } from './operator.ts';
import { requireMask } from './scores.ts';

const attributes = struct('Exp', { causal: bool });
type Attributes = CodecValue<typeof attributes>;

/**
 * E = 32767 · 2^(−(max − S)/256) as u16, from scores S [heads][ρ][τ] (input 0) and the maximum of each row (input 1);
 * with a causal mask 0 for τ > ρ. Masked by place, never by value: a score of −32768 may be an honest one.
 */
export const exp: Operator<Attributes> = {
  number: 22,
  attributes,
  inputCount: [2, 2],
  keepsCausalMask: true,
  check: (spec) => {
    const scores = requireInputType(spec, 0, ['i16']);
    const most = requireInputType(spec, 1, ['i16']);
    requireRank(spec, 'input 0', scores, 3);
    requireDims(spec, 'input 1', most.dims, [...leadingDims(scores), 1]);
    requireOutputType(spec, ['u16']);
    requireOutputDims(spec, scores.dims);
    requireMask(spec, scores);
  },
  macs: () => 2,
  blobSize: () => 0,
  reads: ({ inputs }) => inputs.map(({ type }, source) => ({ source, runs: oneRun(ELEMENT_SIZE[type]) })),
  unit: ({ attributes: { causal }, output }, element, read) => {
    const [, queries, keys] = output.dims as [number, number, number];
    const key = element % keys;
    const row = (element - key) / keys;
    if (causal && key > row % queries) return 0n;
    const distance = (read.numbers(1, row, 1)[0] as number) - (read.numbers(0, element, 1)[0] as number);
    if (distance <= 0) return BigInt(EXP_TABLE[0] as number);
    const octaves = Math.floor(distance / 256);
    return octaves >= 17 ? 0n : roundShift(BigInt(EXP_TABLE[distance % 256] as number), octaves);
  },
  run: ({ attributes: { causal }, output }, memory) => {
    const [, queries, keys] = output.dims as [number, number, number];
    const s = numbersOf(memory, 0);
    const most = numbersOf(memory, 1);
    const y = narrowOutput(memory);
    for (let row = 0; row * keys < output.count; row++) {
      const end = causal ? (row % queries) + 1 : keys;
      y.fill(0, row * keys + end, (row + 1) * keys);
      for (let key = 0; key < end; key++) {
        const distance = (most[row] as number) - (s[row * keys + key] as number);
        y[row * keys + key] = expBelowMaximum(distance < 0 ? 0 : distance);
      }
    }
  },
};
