import {
  address,
  bool,
  bytes32,
  type Codec,
  height,
  list,
  struct,
  text,
  u8,
  u32,
  u64,
  u128,
} from '@aivm/core/bytes';
import fc from 'fast-check';
import { optional } from '../../src/bytes/codec/composites.ts';
import { bytes, HEIGHT_MAX, u16 } from '../../src/bytes/codec/primitives.ts';

/** A codec with an arbitrary of its values. */
export interface Sample {
  readonly codec: Codec<unknown>;
  readonly values: fc.Arbitrary<unknown>;
}

const uint = (bits: number): fc.Arbitrary<bigint> => {
  const max = (1n << BigInt(bits)) - 1n;
  return fc.oneof(fc.constantFrom(0n, 1n, max - 1n, max), fc.bigInt({ min: 0n, max }));
};
const sample = <T>(codec: Codec<T>, values: fc.Arbitrary<T>): Sample => ({
  codec: codec as Codec<unknown>,
  values,
});

const primitives: readonly Sample[] = [
  sample(u8, uint(8).map(Number)),
  sample(u16, uint(16).map(Number)),
  sample(u32, uint(32).map(Number)),
  sample(u64, uint(64)),
  sample(u128, uint(128)),
  sample(height, fc.oneof(fc.constant(HEIGHT_MAX), fc.maxSafeNat())),
  sample(bool, fc.boolean()),
  sample(bytes32, fc.uint8Array({ minLength: 32, maxLength: 32 })),
  sample(address, fc.uint8Array({ minLength: 20, maxLength: 20 })),
  sample(bytes(300), fc.uint8Array({ maxLength: 300 })),
  sample(text(200), fc.string({ unit: 'binary', maxLength: 50 })),
];

/** Any primitive, or a struct, list or optional of samples, three levels deep at most. */
export const samples: fc.Arbitrary<Sample> = fc.letrec<{ any: Sample; leaf: Sample }>((tie) => ({
  leaf: fc.constantFrom(...primitives),
  any: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'codec' },
    tie('leaf'),
    tie('any').map(({ codec, values }) =>
      sample(list(codec, 4), fc.array(values, { maxLength: 4 }) as fc.Arbitrary<readonly unknown[]>),
    ),
    tie('any').map(({ codec, values }) => sample(optional(codec), fc.option(values, { nil: undefined }))),
    fc.array(tie('any'), { minLength: 1, maxLength: 4 }).map((members) => {
      const named = members.map((member, i) => [`member${i}`, member] as const);
      const codec = struct('Sample', Object.fromEntries(named.map(([name, member]) => [name, member.codec])));
      const values = fc.record(Object.fromEntries(named.map(([name, member]) => [name, member.values])), {
        noNullPrototype: true,
      });
      return { codec: codec as Codec<unknown>, values };
    }),
  ),
})).any;

/** A codec and one of its values. */
export const samplesWithValue: fc.Arbitrary<{ codec: Codec<unknown>; value: unknown }> = samples.chain(
  ({ codec, values }) => values.map((value) => ({ codec, value })),
);
