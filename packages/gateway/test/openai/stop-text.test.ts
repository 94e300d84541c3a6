import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createStopCutter, cutAtStop } from '../../src/openai/stop-text.ts';

/** The text before the stop that is whole first, letter by letter. */
function expected(text: string, stops: readonly string[]): string {
  for (let end = 1; end <= text.length; end++) {
    const ending = stops.filter((stop) => text.slice(0, end).endsWith(stop)).map(({ length }) => length);
    if (ending.length > 0) return text.slice(0, end - Math.max(...ending));
  }
  return text;
}

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
      {
        numRuns: 2_000,
        examples: [
          [
            ['bc', 'c'],
            ['c', 'bcc'],
          ],
        ],
      },
    );
  });
});
