import { Attestation, InferenceWeights } from '@aivm/core/layout';
import { describe, expect, test } from 'vitest';
import { defineLayout } from '../../src/layout/define-layout.ts';
import { bytes, i8, u32, u64 } from '../../src/layout/field.ts';

describe('defineLayout refuses a drifted description', () => {
  test.each([
    ['overlap', () => defineLayout('T', 16, { A: u64(0), B: u32(4) }), /T\.B: offset 4 overlaps/],
    ['a misaligned u64', () => defineLayout('T', 16, { A: u64(4) }), /T\.A: offset 4 is not aligned/],
    ['a misaligned u32', () => defineLayout('T', 16, { A: u32(2) }), /T\.A: offset 2 is not aligned/],
    ['a field past the end', () => defineLayout('T', 16, { A: bytes(0, 20) }), /fields end at 20/],
    ['a size that leaves a gap', () => defineLayout('T', 64, { A: u32(0) }), /declared size is 64/],
    [
      'a size that breaks arrays',
      () => defineLayout('T', 20, { A: u32(0) }),
      /size 20 is not a multiple of 16/,
    ],
    ['fields out of order', () => defineLayout('T', 16, { A: u32(4), B: u32(0) }), /T\.B: offset 0 overlaps/],
    ['an empty field', () => defineLayout('T', 16, { A: bytes(0, 0) }), /T\.A: empty field/],
  ])('%s', (_, define, message) => {
    expect(define).toThrow(message);
  });
});

describe('a view', () => {
  test('reads and writes its own struct of an arena and nothing else', () => {
    const arena = Attestation.createArena(3).fill(0xee);
    const view = Attestation.at(arena, 1);
    view.ExpiryNS = 0x0102030405060708n;
    view.Kind = 0xfffffffe;
    view.AttestingKey = new Uint8Array(48).fill(7);
    expect(view.ExpiryNS).toBe(0x0102030405060708n);
    expect(view.Kind).toBe(0xfffffffe);
    expect([...arena.subarray(144 + 112, 144 + 124)]).toEqual([
      8, 7, 6, 5, 4, 3, 2, 1, 0xfe, 0xff, 0xff, 0xff,
    ]);
    expect([...arena.subarray(144 + 64, 144 + 112)]).toEqual(Array(48).fill(7));
    expect(arena.subarray(0, 144).every((byte) => byte === 0xee)).toBe(true);
    expect(arena.subarray(288).every((byte) => byte === 0xee)).toBe(true);
    expect(Attestation.at(arena, 2).Status).toBe(0xeeeeeeee);
  });

  test('works at an odd offset of a larger buffer', () => {
    const buffer = new Uint8Array(1 + Attestation.SIZE);
    const view = Attestation.at(buffer.subarray(1));
    view.ExpiryNS = 5n;
    expect(buffer[113]).toBe(5);
  });

  test('shows signed arrays as signed numbers', () => {
    const weights = InferenceWeights.create({ Shift1: -1, B1: Array.from({ length: 16 }, (_, i) => -i) });
    weights.W1[3] = -128;
    expect(weights.bytes[3]).toBe(0x80);
    expect(weights.bytes[596]).toBe(0xff);
    expect(weights.Shift1).toBe(-1);
    expect(weights.B1[15]).toBe(-15);
    expect(weights.B2).toEqual([0]);
  });

  test.each([
    ['index -1', () => Attestation.at(new Uint8Array(144), -1)],
    ['index past the end', () => Attestation.at(new Uint8Array(287), 1)],
    ['a fraction', () => Attestation.at(new Uint8Array(288), 0.5)],
    ['a u32 of 2^32', () => Attestation.create({ Kind: 2 ** 32 })],
    ['a negative u32', () => Attestation.create({ Kind: -1 })],
    ['a u64 of 2^64', () => Attestation.create({ ExpiryNS: 2n ** 64n })],
    ['a short byte string', () => Attestation.create({ Measurement: new Uint8Array(31) })],
    ['an int8 of 128', () => InferenceWeights.create({ Shift2: 128 })],
    ['a short int32 array', () => InferenceWeights.create({ B1: [1] })],
  ])('refuses %s', (_, act) => {
    expect(act).toThrow(RangeError);
  });

  test('a field description alone says where it is', () => {
    expect(i8(3)).toEqual({ kind: 'i8', offset: 3, size: 1 });
  });
});
