import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createStopCutter, cutAtStop } from '../../src/openai/stop-text.ts';

/** The text before the first stop, found at once. */
const expected = (text: string, stops: readonly string[]): string => {
  const places = stops.map((stop) => text.indexOf(stop)).filter((at) => at >= 0);
  return places.length === 0 ? text : text.slice(0, Math.min(...places));
};

const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 30 });
const stopsOf = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 4 }), {
  maxLength: 4,
});

describe('a stop', () => {
  it('cuts the same text, however it comes in pieces, and never gives what it has to take back', () => {
    fc.assert(
      fc.property(fc.array(letters, { maxLength: 8 }), stopsOf, (pieces, stops) => {
        const whole = expected(pieces.join(''), stops);
        const cutter = createStopCutter(stops);
        let given = '';
        for (const piece of pieces) {
          given += cutter.push(piece);
          expect(whole.startsWith(given)).toBe(true);
        }
        given += cutter.end();
        expect(given).toBe(whole);
        expect(cutAtStop(pieces.join(''), stops).text).toBe(whole);
      }),
    );
  });
});
