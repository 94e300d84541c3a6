import type { CodecValue } from '../../bytes/codec/codec.ts';
import { struct } from '../../bytes/codec/composites.ts';
import { u8 } from '../../bytes/codec/primitives.ts';
import { scaleExactly } from '../arithmetic/int64.ts';
import { scale } from '../arithmetic/scaling.ts';
import { isSymbol } from '../model/dimension.ts';
import { ELEMENT_SIZE } from '../model/element-type.ts';
import { lastOf } from '../model/tensor.ts';
import {
  ACTIVATIONS,
  largest,
  requireConstant,
  requireDims,
  requireInputType,
  requireOutputDims,
  requireOutputType,
  requireRange,
  requireRank,
  requireShift,
} from './checks.ts';
import {
  integersOf,
  narrowOutput,
  numbersOf,
  type Operator,
  type OperatorNode,
  type OperatorSpec,
  oneRun,
  type RunMemory,
  requireSpec,
} from './operator.ts';
import { requireGroups } from './scores.ts';

const attributes = struct('AttnOut', { s: u8 });
type Attributes = CodecValue<typeof attributes>;

/** Keys of one row: Σ E·v stays below 2^43, where `scale` is exact. */
const KEYS_MAX = 4_096;
const [LOW, HIGH] = [-32_768, 32_767];

function check(spec: OperatorSpec<Attributes>): void {
  const { s } = spec.attributes;
  const e = requireInputType(spec, 0, ['u16']);
  const v = requireInputType(spec, 1, ACTIVATIONS);
  const r = requireInputType(spec, 2, ['i64']);
  requireOutputType(spec, ['i16']);
  requireRank(spec, 'input 0', e, 3);
  requireRank(spec, 'input 1', v, 3);
  const [heads, queries, keys] = e.dims;
  const [valueHeads, width] = v.dims;
  requireConstant(spec, 'axis 0 of input 0', heads);
  requireConstant(spec, 'axis 0 of input 1', valueHeads);
  requireConstant(spec, 'axis 1 of input 1', width);
  requireGroups(spec, heads, valueHeads);
  requireDims(spec, 'input 1', v.dims, [valueHeads, width, keys!]);
  requireDims(spec, 'input 2', r.dims, [heads, queries!, 1]);
  requireOutputDims(spec, [queries!, heads, width]);
  requireRange(spec, 'the number of keys', largest(spec, keys!), [1, KEYS_MAX]);
  requireSpec(
    spec.form !== 'decoder' || !isSymbol(keys!) || queries === keys,
    spec,
    () => `has ${queries} queries and ${keys} keys; in a decoder the keys of a text need its queries`,
  );
  requireShift(spec, s);
}

function run({ attributes: { s }, inputs }: OperatorNode<Attributes>, memory: RunMemory): void {
  const [heads, queries, keys] = inputs[0]!.dims as [number, number, number];
  const [valueHeads, width] = inputs[1]!.dims as [number, number, number];
  const e = numbersOf(memory, 0);
  const v = numbersOf(memory, 1);
  const inverses = integersOf(memory, 2);
  const y = narrowOutput(memory);
  for (let head = 0; head < heads; head++) {
    for (let query = 0; query < queries; query++) {
      const row = head * queries + query;
      const inverse = inverses[row] as bigint;
      const inverseNumber = Number(inverse);
      const isExact = Number.isSafeInteger(inverseNumber);
      for (let i = 0; i < width; i++) {
        const column = (Math.floor((head * valueHeads) / heads) * width + i) * keys;
        let sum = 0;
        for (let key = 0; key < keys; key++)
          sum += (e[row * keys + key] as number) * (v[column + key] as number);
        y[(query * heads + head) * width + i] = isExact
          ? scale(sum, inverseNumber, s, 0, LOW, HIGH)
          : Number(scaleValue(BigInt(sum), inverse, s));
      }
    }
  }
}

const scaleValue = (sum: bigint, mult: bigint, shift: number): bigint =>
  scaleExactly(sum, { mult, shift, zero: 0n, low: BigInt(LOW), high: BigInt(HIGH) });

/**
 * [ρ][head][i]: sat16(rs((Σ_τ E[head][ρ][τ] · v[⌊head / (heads / valueHeads)⌋][i][τ]) · R[head][ρ], s)). The values are transposed, so that
 * a unit reads them in one run.
 */
export const attnOut: Operator<Attributes> = {
  number: 24,
  attributes,
  inputCount: [3, 3],
  keepsCausalMask: true,
  check,
  macs: ({ inputs }) => inputs[0]!.dims[2]!,
  blobSize: () => 0,
  reads: ({ inputs }) =>
    inputs.map((input, source) => ({
      source,
      runs: oneRun((source === 2 ? 1 : lastOf(input)) * ELEMENT_SIZE[input.type]),
    })),
  unit: ({ attributes: { s }, inputs }, element, read) => {
    const [heads, queries, keys] = inputs[0]!.dims as [number, number, number];
    const [valueHeads, width] = inputs[1]!.dims as [number, number, number];
    const i = element % width;
    const head = Math.floor(element / width) % heads;
    const query = Math.floor(element / (width * heads));
    const row = head * queries + query;
    const e = read.numbers(0, row * keys, keys);
    const valueHead = Math.floor(head / (heads / valueHeads));
    const v = read.numbers(1, (valueHead * width + i) * keys, keys);
    // At most 4,096 · 2^31: exact.
    let sum = 0;
    for (let key = 0; key < keys; key++) sum += (e[key] as number) * (v[key] as number);
    return scaleValue(BigInt(sum), read.integers(2, row, 1)[0] as bigint, s);
  },
  run,
};
