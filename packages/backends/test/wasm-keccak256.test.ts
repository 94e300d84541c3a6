import { createWasmKeccak256 } from '@aivm/backends';
import { keccak_256 } from '@noble/hashes/sha3.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';

const keccak256 = createWasmKeccak256();

test('agrees with noble at every length around the block boundaries', () => {
  for (let size = 0; size <= 3 * 136 + 2; size++) {
    const message = Uint8Array.from({ length: size }, (_, i) => i * 31 + size);
    expect(keccak256(message)).toEqual(keccak_256(message));
  }
});

test('agrees with noble on any message, long after short and short after long', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 5000 }), (message) => {
      expect(keccak256(message)).toEqual(keccak_256(message));
    }),
  );
});

test('hashes a message larger than its first memory', () => {
  const message = new Uint8Array(300_000).fill(0x42);
  expect(keccak256(message)).toEqual(keccak_256(message));
});

test('gives digests of their own', () => {
  const first = keccak256(new Uint8Array(1));
  const copy = Uint8Array.from(first);
  keccak256(new Uint8Array(2));
  expect(first).toEqual(copy);
});

test('names its argument', () => {
  expect(() => keccak256('text' as unknown as Uint8Array)).toThrow(
    /^message: expected Uint8Array, got string$/,
  );
});
