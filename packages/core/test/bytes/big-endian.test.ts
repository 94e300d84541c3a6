import { bytesToHex, u32be, u64be } from '@aivm/core/bytes';
import { expect, it } from 'vitest';

it.each([
  [0, '00000000'],
  [0x01020304, '01020304'],
  [0xffffffff, 'ffffffff'],
])('%i is four bytes, most significant first', (value, hex) => {
  expect(bytesToHex(u32be(value))).toBe(hex);
});

it.each([
  [0, '0000000000000000'],
  [2 ** 53 - 1, '001fffffffffffff'],
  [0x0102030405060708n, '0102030405060708'],
  [2n ** 64n - 1n, 'ffffffffffffffff'],
])('%i is eight bytes, most significant first', (value, hex) => {
  expect(bytesToHex(u64be(value))).toBe(hex);
});

it('gives bytes of its own each time', () => {
  const first = u64be(1n);
  u64be(2n);
  expect(first[7]).toBe(1);
});
