import { parse, serialize } from '@aivm/core/bytes';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { list, struct } from '../../src/bytes/codec/composites.ts';
import { lasting } from '../../src/bytes/codec/lasting.ts';
import { text, u8, u32 } from '../../src/bytes/codec/primitives.ts';

const names = list(text(300), 50);
const plain = struct('Record', { count: u32, names, flag: u8 });
const kept = struct('Record', { count: u32, names: lasting(names), flag: u8 });

describe('a codec that keeps the bytes of a value', () => {
  it('gives the bytes of the codec that it wraps, at first and whenever the value is written again', () => {
    const record = fc.record({
      count: fc.nat(),
      names: fc.array(fc.string({ maxLength: 70 }), { maxLength: 40 }),
      flag: fc.nat(255),
    });
    fc.assert(
      fc.property(record, fc.nat(), (first, count) => {
        expect(serialize(kept, first)).toEqual(serialize(plain, first));
        const second = { ...first, count };
        expect(serialize(kept, second)).toEqual(serialize(plain, second));
        const parsed = parse(kept, serialize(plain, second));
        expect(parsed).toEqual(second);
        expect(serialize(kept, { ...parsed, flag: 1 })).toEqual(serialize(plain, { ...second, flag: 1 }));
      }),
    );
  });

  it('keeps its own copy: whoever changes what was written or parsed changes nothing', () => {
    const long = { count: 1, names: Array.from({ length: 20 }, (_, i) => `name number ${i}`), flag: 0 };
    const expected = serialize(plain, long);
    serialize(kept, long).fill(0);
    const source = expected.slice();
    const parsed = parse(kept, source);
    source.fill(0);
    expect(serialize(kept, long)).toEqual(expected);
    expect(serialize(kept, parsed)).toEqual(expected);
  });

  it('refuses what the codec refuses, by the same name', () => {
    const tooLong = { count: 1, names: ['x'.repeat(301)], flag: 0 };
    expect(() => serialize(kept, tooLong)).toThrow('Record.names[0]');
    expect(() => serialize(kept, { ...tooLong, names: undefined as never })).toThrow('Record.names');
  });
});

describe('text', () => {
  it('has the same bytes whether it is ASCII, begins so, or not at all', () => {
    for (const value of ['', 'abc', 'abcé', 'é', 'a😀b', '漢字'])
      expect(parse(text(40), serialize(text(40), value))).toBe(value);
    const bytes = (value: string): number[] => [...serialize(text(40), value)];
    expect(bytes('aé')).toEqual([3, 0, 0, 0, 0x61, 0xc3, 0xa9]);
    expect(() => serialize(text(2), 'aé')).toThrow('3 bytes');
  });
});
