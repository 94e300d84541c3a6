import { firstProbe } from '@aivm/core/kernels';
import fc from 'fast-check';
import { expect, test } from 'vitest';

/** The definition, in arithmetic of unlimited width. */
function definition(digest: Uint8Array, mask: bigint): bigint {
  const key = new DataView(digest.buffer).getBigUint64(0, true);
  const hash = ((0xcbf29ce484222325n ^ key) * 0x100000001b3n) % 2n ** 64n;
  return hash & 0xffffffffn & mask;
}

test('the first probe is the low word of the 64-bit product under the mask', () => {
  const digest = fc.uint8Array({ minLength: 32, maxLength: 32 });
  const slotCount = fc.integer({ min: 1, max: 2 ** 32 - 1 });
  fc.assert(
    fc.property(digest, slotCount, (bytes, count) => {
      const expected = definition(Uint8Array.from(bytes), BigInt(count - 1));
      expect(BigInt(firstProbe(bytes, 0, count - 1))).toBe(expected);
    }),
  );
});
