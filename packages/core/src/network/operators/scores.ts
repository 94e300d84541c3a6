import type { CodecValue } from '../../bytes/codec/codec.ts';
import { struct } from '../../bytes/codec/composites.ts';
import { bool, u8, u32 } from '../../bytes/codec/primitives.ts';
import { scaleExactly } from '../arithmetic/int64.ts';
import { scale } from '../arithmetic/scaling.ts';
import { ELEMENT_SIZE } from '../model/element-type.ts';
import { lastOf, type TensorSpec } from '../model/tensor.ts';
import {
  ACTIVATIONS,
  requireConstant,
  requireInputType,
  requireOutputDims,
  requireOutputType,
  requireRange,
  requireRank,
  requireShift,
} from './checks.ts';
import {
  narrowOutput,
  numbersOf,
  type Operator,
  type OperatorNode,
  type OperatorSpec,
  oneRun,
  type RunMemory,
  requireSpec,
} from './operator.ts';

const attributes = struct('Scores', { causal: bool, m: u32, s: u8 });
type Attributes = CodecValue<typeof attributes>;

/** The longest row of a query, so that a sum of products of i16 stays below 2^39. */
export const INNER_MAX = 256;
/** The score of a key that a query must not see. */
const MASKED = -32_768;
const [LOW, HIGH] = [-32_768, 32_767];

/** Each key or value head serves the same number of neighbouring query heads. */
export function requireGroups(spec: OperatorSpec<unknown>, heads: number, sharedHeads: number): void {
  requireSpec(
    heads % sharedHeads === 0,
    spec,
    () => `${heads} query heads cannot share ${sharedHeads} heads evenly; it must be a divisor`,
  );
}

/** A mask by position needs as many keys as queries. Decoders must have one. */
export function requireMask(spec: OperatorSpec<{ readonly causal: boolean }>, scores: TensorSpec): void {
  const { causal } = spec.attributes;
  requireSpec(
    causal || spec.form !== 'decoder',
    spec,
    () => 'causal is false; in a decoder it must be true, or a token would depend on later ones',
  );
  const [, queries, keys] = scores.dims;
  requireSpec(
    !causal || queries === keys,
    spec,
    () => `has ${queries} queries and ${keys} keys; a causal mask needs as many of both`,
  );
}

function check(spec: OperatorSpec<Attributes>): void {
  const { m, s } = spec.attributes;
  const q = requireInputType(spec, 0, ACTIVATIONS);
  const k = requireInputType(spec, 1, ACTIVATIONS);
  requireOutputType(spec, ['i16']);
  requireRank(spec, 'input 0', q, 3);
  requireRank(spec, 'input 1', k, 3);
  const [queries, heads, inner] = q.dims;
  const [keys, keyHeads, keyInner] = k.dims;
  requireConstant(spec, 'axis 1 of input 0', heads);
  requireConstant(spec, 'axis 1 of input 1', keyHeads);
  requireConstant(spec, 'axis 2 of input 0', inner);
  requireSpec(
    keyInner === inner,
    spec,
    () => `a query has ${inner} places and a key ${keyInner}; equal ones are needed`,
  );
  requireRange(spec, 'the places of a query', inner, [1, INNER_MAX]);
  requireGroups(spec, heads, keyHeads);
  requireOutputDims(spec, [heads, queries!, keys!]);
  requireMask(spec, spec.output);
  requireRange(spec, 'm', m, [0, 2 ** 24 - 1]);
  requireShift(spec, s);
}

function run(
  { attributes: { causal, m, s }, inputs, output }: OperatorNode<Attributes>,
  memory: RunMemory,
): void {
  const [heads, queries, keys] = output.dims as [number, number, number];
  const [, keyHeads, inner] = inputs[1]!.dims as [number, number, number];
  const q = numbersOf(memory, 0);
  const k = numbersOf(memory, 1);
  const y = narrowOutput(memory);
  y.fill(MASKED);
  for (let head = 0; head < heads; head++) {
    const keyHead = Math.floor((head * keyHeads) / heads);
    for (let query = 0; query < queries; query++) {
      const qStart = (query * heads + head) * inner;
      const end = causal ? query + 1 : keys;
      for (let key = 0; key < end; key++) {
        const kStart = (key * keyHeads + keyHead) * inner;
        let sum = 0;
        for (let i = 0; i < inner; i++) sum += (q[qStart + i] as number) * (k[kStart + i] as number);
        y[(head * queries + query) * keys + key] = scale(sum, m, s, 0, LOW, HIGH);
      }
    }
  }
}

/**
 * S[head][ρ][τ] = sat16(rs(Σ_i q[ρ][head][i] · k[τ][⌊head / (heads / keyHeads)⌋][i] · m, s)) in 1/256 octaves; with a causal mask
 * −32768 for τ > ρ.
 */
export const scores: Operator<Attributes> = {
  number: 21,
  attributes,
  inputCount: [2, 2],
  check,
  macs: ({ inputs }) => inputs[0]!.dims[2]!,
  blobSize: () => 0,
  reads: ({ inputs }) =>
    inputs.map((input, source) => ({ source, runs: oneRun(lastOf(input) * ELEMENT_SIZE[input.type]) })),
  unit: ({ attributes: { causal, m, s }, inputs, output }, element, read) => {
    const [heads, queries, keys] = output.dims as [number, number, number];
    const key = element % keys;
    const query = Math.floor(element / keys) % queries;
    const head = Math.floor(element / (keys * queries));
    if (causal && key > query) return BigInt(MASKED);
    const [, keyHeads, inner] = inputs[1]!.dims as [number, number, number];
    const keyHead = Math.floor(head / (heads / keyHeads));
    const q = read.numbers(0, (query * heads + head) * inner, inner);
    const k = read.numbers(1, (key * keyHeads + keyHead) * inner, inner);
    let sum = 0n;
    for (let i = 0; i < inner; i++) sum += BigInt((q[i] as number) * (k[i] as number));
    return scaleExactly(sum, { mult: BigInt(m), shift: s, zero: 0n, low: BigInt(LOW), high: BigInt(HIGH) });
  },
  run,
};
