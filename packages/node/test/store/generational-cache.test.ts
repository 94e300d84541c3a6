import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GenerationalCache } from '../../src/store/generational-cache.ts';

describe('GenerationalCache', () => {
  it('keeps what is used and forgets what is not', () => {
    const cache = new GenerationalCache<number>(8, () => 1);
    for (let i = 0; i < 20; i++) {
      cache.set(`once-${i}`, i);
      if (i === 0) cache.set('used', 100);
      else expect(cache.get('used')).toBe(100);
    }
    expect(cache.get('once-0')).toBeUndefined();
    expect(cache.get('once-19')).toBe(19);
  });

  it('gives the last value or none, and never holds more than its weight', () => {
    const key = fc.integer({ min: 0, max: 12 }).map(String);
    const step = fc.record({ key, size: fc.option(fc.integer({ min: 0, max: 40 })) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const last = new Map<string, Uint8Array>();
        const cache = new GenerationalCache<Uint8Array>(60, ({ length }) => length);
        for (const { key, size } of steps) {
          if (size === null) {
            const found = cache.get(key);
            if (found !== undefined) expect(found).toBe(last.get(key));
            continue;
          }
          const value = new Uint8Array(size);
          cache.set(key, value);
          last.set(key, value);
          expect(cache.get(key)).toBe(size > 30 ? undefined : value);
        }
        const held = [...last].filter(([name, value]) => cache.get(name) === value);
        expect(held.reduce((sum, [, value]) => sum + value.length, 0)).toBeLessThanOrEqual(60);
      }),
    );
  });
});
