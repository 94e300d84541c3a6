import {
  address,
  bool,
  bytes32,
  bytesToHex,
  type Codec,
  height,
  hexToBytes,
  list,
  parse,
  serialize,
  struct,
  text,
  u8,
  u32,
  u64,
  u128,
} from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { optional } from '../../src/bytes/codec/composites.ts';
import { bytes, HEIGHT_MAX, u16 } from '../../src/bytes/codec/primitives.ts';
import { samplesWithValue } from './codec-arbitrary.ts';

const rejection = (run: () => unknown): AivmError | undefined => {
  try {
    run();
  } catch (error) {
    if (error instanceof AivmError) return error;
    throw error;
  }
  return undefined;
};

describe('every codec', () => {
  it('reads back what it wrote, and nothing longer or shorter', () => {
    fc.assert(
      fc.property(samplesWithValue, ({ codec, value }) => {
        const encoded = serialize(codec, value);
        expect(parse(codec, encoded)).toEqual(value);
        expect(parse(codec, Buffer.from(encoded))).toEqual(value);
        const trailing = Uint8Array.of(...encoded, 0);
        expect(rejection(() => parse(codec, trailing))?.code).toBe('malformed');
        for (let size = 0; size < encoded.length; size++) {
          expect(rejection(() => parse(codec, encoded.subarray(0, size)))?.code).toBe('malformed');
        }
      }),
      { numRuns: 200 },
    );
  });

  it('has one encoding for each value: whatever parses is what would be written', () => {
    const mutated = fc.tuple(samplesWithValue, fc.nat(), fc.integer({ min: 1, max: 255 }));
    let accepted = 0;
    let refused = 0;
    fc.assert(
      fc.property(mutated, ([{ codec, value }, at, mask]) => {
        const encoded = serialize(codec, value);
        if (encoded.length === 0) return;
        const changed = encoded.slice();
        changed[at % changed.length] = (changed[at % changed.length] ?? 0) ^ mask;
        let parsed: unknown;
        const error = rejection(() => {
          parsed = parse(codec, changed);
        });
        if (error === undefined) {
          accepted++;
          expect(bytesToHex(serialize(codec, parsed))).toBe(bytesToHex(changed));
        } else {
          refused++;
          expect(['malformed', 'too_large']).toContain(error.code);
        }
      }),
      { numRuns: 1000 },
    );
    expect(Math.min(accepted, refused)).toBeGreaterThan(50);
  });

  it('hands out bytes of its own', () => {
    const encoded = Buffer.from(serialize(bytes(10), Uint8Array.of(1, 2, 3)));
    const parsed = parse(bytes(10), encoded);
    encoded.fill(0);
    expect(parsed).toEqual(Uint8Array.of(1, 2, 3));
    expect(Buffer.isBuffer(parsed)).toBe(false);
  });

  it('reads a view that does not start where its memory does', () => {
    const memory = Uint8Array.of(9, 9, 0x34, 0x12, 9);
    expect(parse(u16, memory.subarray(2, 4))).toBe(0x1234);
  });

  it('grows at any place of the first 1,100 bytes', () => {
    const codecs: readonly (readonly [Codec<unknown>, unknown])[] = [
      [u8, 0xa1],
      [u16, 0xa1a2],
      [u32, 0xa1a2a3a4],
      [u64, 0xa1a2a3a4a5a6a7a8n],
      [bytes32, new Uint8Array(32).fill(0xa1)],
    ];
    for (const [codec, value] of codecs) {
      const pair = struct('Pair', { head: bytes(1100), tail: codec });
      for (let size = 0; size <= 1100; size += size < 200 || size > 300 ? 29 : 1) {
        const head = new Uint8Array(size).fill(0x5a);
        expect(parse(pair, serialize(pair, { head, tail: value }))).toEqual({ head, tail: value });
      }
    }
  });
});

describe('encodings', () => {
  it.each<[string, Codec<unknown>, unknown, string]>([
    ['u8', u8, 0xab, 'ab'],
    ['u16', u16, 0x1234, '3412'],
    ['u32', u32, 0x12345678, '78563412'],
    ['u64', u64, 0x0102030405060708n, '0807060504030201'],
    ['u128', u128, 0x0102030405060708090a0b0c0d0e0f10n, '100f0e0d0c0b0a090807060504030201'],
    ['height', height, HEIGHT_MAX, 'ffffffffffff1f00'],
    ['true', bool, true, '01'],
    ['bytes', bytes(9), Uint8Array.of(1, 2), '020000000102'],
    ['no bytes', bytes(0), new Uint8Array(0), '00000000'],
    ['text', text(9), 'é', '02000000c3a9'],
    ['a list', list(u16, 3), [1, 2], '0200000001000200'],
    ['nothing', optional(u8), undefined, '00'],
    ['something', optional(u8), 0, '0100'],
    ['a struct', struct('S', { b: u8, a: u16 }), { a: 2, b: 1 }, '010200'],
  ])('%s', (_, codec, value, hex) => {
    expect(bytesToHex(serialize(codec, value))).toBe(hex);
    expect(parse(codec, hexToBytes(hex))).toEqual(value);
  });

  it.each<[string, Codec<unknown>, string, string, RegExp]>([
    ['a boolean of 2', bool, '02', 'malformed', /a boolean is 0 or 1, got 2/],
    ['a boolean of 255', bool, 'ff', 'malformed', /got 255/],
    ['a presence byte of 2', optional(u8), '0200', 'malformed', /a presence byte is 0 or 1, got 2/],
    ['a value after absence', optional(u8), '0000', 'malformed', /1 trailing bytes/],
    ['a height of 2^53', height, '0000000000002000', 'malformed', /above 2\^53−1/],
    ['bytes above the maximum', bytes(1), '020000000102', 'too_large', /2 bytes, at most 1/],
    ['a huge length', bytes(1), 'ffffffff', 'too_large', /at most 1/],
    ['a length beyond the end', bytes(9), '0300000001', 'malformed', /needs 3 bytes at offset 4, 1 are left/],
    ['text above the maximum', text(1), '02000000c3a9', 'too_large', /at most 1/],
    ['over-long UTF-8', text(9), '02000000c080', 'malformed', /not UTF-8/],
    ['a surrogate in UTF-8', text(9), '03000000eda080', 'malformed', /not UTF-8/],
    ['cut UTF-8', text(9), '01000000c3', 'malformed', /not UTF-8/],
    ['a list above the maximum', list(u8, 1), '020000000102', 'too_large', /2 elements, at most 1/],
    ['a huge count', list(u8, 1000), 'ffffffff', 'too_large', /4294967295 elements/],
    ['a list that ends early', list(u16, 9), '02000000010002', 'malformed', /needs 2 bytes/],
    ['no bytes at all', u8, '', 'malformed', /needs 1 bytes at offset 0, 0 are left/],
  ])('refuses to read %s', (_, codec, hex, code, detail) => {
    const error = rejection(() => parse(codec, hexToBytes(hex), 'field'));
    expect(error?.code).toBe(code);
    expect(error?.detail).toMatch(detail);
  });
});

describe('values outside the type', () => {
  const wrap = (codec: Codec<unknown>) =>
    struct('Outer', { inner: list(struct('Inner', { field: codec }), 2) });

  it.each<[string, Codec<unknown>, unknown, string]>([
    ['u8 of 256', u8, 256, 'out_of_range'],
    ['u8 of −1', u8, -1, 'out_of_range'],
    ['u8 of 0.5', u8, 0.5, 'out_of_range'],
    ['u8 of NaN', u8, Number.NaN, 'out_of_range'],
    ['u8 as text', u8, '1', 'out_of_range'],
    ['u8 as bigint', u8, 1n, 'out_of_range'],
    ['u8 of nothing', u8, undefined, 'out_of_range'],
    ['u16 of 2^16', u16, 2 ** 16, 'out_of_range'],
    ['u32 of 2^32', u32, 2 ** 32, 'out_of_range'],
    ['u64 of 2^64', u64, 1n << 64n, 'out_of_range'],
    ['u64 of −1', u64, -1n, 'out_of_range'],
    ['u64 as number', u64, 1, 'out_of_range'],
    ['u128 of 2^128', u128, 1n << 128n, 'out_of_range'],
    ['u128 of −1', u128, -1n, 'out_of_range'],
    ['height of 2^53', height, 2 ** 53, 'out_of_range'],
    ['height of −1', height, -1, 'out_of_range'],
    ['height of 0.5', height, 0.5, 'out_of_range'],
    ['height as bigint', height, 1n, 'out_of_range'],
    ['bool as number', bool, 1, 'out_of_range'],
    ['bytes32 of 31', bytes32, new Uint8Array(31), 'out_of_range'],
    ['bytes32 as text', bytes32, '00', 'out_of_range'],
    ['address of 32', address, new Uint8Array(32), 'out_of_range'],
    ['bytes as text', bytes(9), '00', 'out_of_range'],
    ['bytes too long', bytes(1), new Uint8Array(2), 'too_large'],
    ['text as bytes', text(9), new Uint8Array(2), 'out_of_range'],
    ['text too long in bytes, not in characters', text(1), 'é', 'too_large'],
    ['text with a lone surrogate', text(9), '\ud800', 'malformed'],
    ['list of bytes', list(u8, 9), new Uint8Array(2), 'out_of_range'],
    ['list too long', list(u8, 1), [1, 2], 'too_large'],
    ['struct of null', struct('S', {}), null, 'out_of_range'],
    ['struct of nothing', struct('S', {}), undefined, 'out_of_range'],
  ])('%s: refused by the name of the field', (_, codec, value, code) => {
    const outer = { inner: [{ field: value }] };
    const error = rejection(() => serialize(wrap(codec), outer, 'block'));
    expect(error?.code).toBe(code);
    expect(error?.detail).toMatch(/^block\.inner\[0\]\.field: /);
  });

  it('says what was expected and what came', () => {
    expect(rejection(() => serialize(u8, 256, 'size'))?.message).toBe(
      'out_of_range: size: expected an integer 0…255, got 256',
    );
    expect(rejection(() => serialize(bytes32, new Uint8Array(31), 'id'))?.detail).toBe(
      'id: expected 32 bytes, got 31 bytes',
    );
    const long = rejection(() => serialize(u8, 'x'.repeat(999) as unknown as number, 'size'));
    expect(long?.detail.length).toBeLessThan(150);
  });

  it('parses bytes only', () => {
    expect(() => parse(u8, [1] as unknown as Uint8Array)).toThrow(TypeError);
  });
});

describe('toJson', () => {
  it('keeps integers exact, and shows bytes as 0x-hex and absence as null', () => {
    const codec = struct('All', {
      small: u8,
      big: u64,
      flag: bool,
      raw: bytes(9),
      word: text(9),
      many: list(u128, 3),
      none: optional(u8),
      at: height,
    });
    const value = {
      small: 1,
      big: 18446744073709551615n,
      flag: false,
      raw: Uint8Array.of(0, 255),
      word: 'é',
      many: [1n, (1n << 128n) - 1n],
      none: undefined,
      at: 5,
    };
    expect(codec.toJson(value)).toEqual({ ...value, raw: '0x00ff', none: null });
  });
});

describe('type names', () => {
  it('are those of EIP-712', () => {
    const named: readonly Codec<unknown>[] = [u8, u16, u32, u64, u128, height, bool, bytes32, address];
    expect(named.map(({ typeName }) => typeName)).toEqual(
      'uint8 uint16 uint32 uint64 uint128 uint64 bool bytes32 address'.split(' '),
    );
    expect([bytes(1), text(1), list(u8, 1), list(list(bytes32, 1), 1)].map((c) => c.typeName)).toEqual(
      'bytes string uint8[] bytes32[][]'.split(' '),
    );
    const codec = struct('S', { b: u8, a: list(u16, 1) });
    expect(codec.members?.map(({ name, codec: { typeName } }) => `${typeName} ${name}`)).toEqual([
      'uint8 b',
      'uint16[] a',
    ]);
  });
});
