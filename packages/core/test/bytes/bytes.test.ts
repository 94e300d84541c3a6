import { assertBytes, compareBytes, concatBytes, equalBytes, isZeroBytes, ZERO_32 } from '@aivm/core/bytes';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const someBytes = fc.uint8Array({ maxLength: 40 });
// Near-equal pairs, which independent draws would almost never give.
const related = fc
  .tuple(someBytes, someBytes, someBytes)
  .map(([a, b, c]): [Uint8Array, Uint8Array] => [Uint8Array.of(...a, ...b), Uint8Array.of(...a, ...c)]);

describe('bytes', () => {
  it('joins parts in order', () => {
    fc.assert(
      fc.property(fc.array(someBytes), (parts) => {
        expect(concatBytes(...parts)).toEqual(Uint8Array.from(parts.flatMap((part) => [...part])));
      }),
    );
  });

  it('gives a copy even of a single part', () => {
    const part = Uint8Array.of(1, 2);
    const joined = concatBytes(part);
    part[0] = 9;
    expect(joined).toEqual(Uint8Array.of(1, 2));
  });

  it('compares as Buffer does', () => {
    fc.assert(
      fc.property(fc.oneof(related, fc.tuple(someBytes, someBytes)), ([left, right]) => {
        expect(compareBytes(left, right)).toBe(Buffer.compare(left, right));
        expect(compareBytes(right, left)).toBe(Buffer.compare(right, left));
        expect(equalBytes(left, right)).toBe(Buffer.compare(left, right) === 0);
        expect(equalBytes(left, left.slice())).toBe(true);
      }),
    );
  });

  it('knows zeros', () => {
    expect(isZeroBytes(ZERO_32)).toBe(true);
    expect(ZERO_32).toHaveLength(32);
    expect(isZeroBytes(new Uint8Array(0))).toBe(true);
    for (let i = 0; i < 32; i++) expect(isZeroBytes(ZERO_32.with(i, 1))).toBe(false);
  });

  it('names the argument that is not bytes of the size', () => {
    expect(() => assertBytes('00', 'key')).toThrow(new TypeError('key: expected Uint8Array, got string'));
    expect(() => assertBytes([0], 'key')).toThrow(TypeError);
    expect(() => assertBytes(new Uint8Array(3), 'key', 4)).toThrow(
      new RangeError('key: expected 4 bytes, got 3'),
    );
    expect(() => assertBytes(new Uint8Array(0), 'key', 0)).not.toThrow();
    expect(() => assertBytes(new Uint8Array(3), 'key')).not.toThrow();
  });
});
