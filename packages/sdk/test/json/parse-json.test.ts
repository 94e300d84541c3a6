import { AivmError } from '@aivm/core/errors';
import { parseJson, stringifyJson } from '@aivm/sdk';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const refusal = (text: string): string => {
  try {
    parseJson(text);
  } catch (error) {
    if (error instanceof AivmError) return error.code;
    throw error;
  }
  return 'accepted';
};

describe('parseJson', () => {
  it('keeps every integer exact', () => {
    expect(
      parseJson('[18446744073709551615, -18446744073709551615, 9007199254740991, 9007199254740992]'),
    ).toEqual([18446744073709551615n, -18446744073709551615n, 9007199254740991, 9007199254740992n]);
    expect(parseJson('{"a":1.5,"b":1e3,"c":12345678901234567.5,"d":1E30}')).toEqual({
      a: 1.5,
      b: 1000,
      c: Number('12345678901234567.5'),
      d: 1e30,
    });
  });

  it('does not mistake digits in a string for a number', () => {
    expect(parseJson('{"hash":"0x12345678901234567890\\"12345678901234567890:","n":1}')).toEqual({
      hash: '0x12345678901234567890"12345678901234567890:',
      n: 1,
    });
  });

  it.each([
    ['empty', ''],
    ['two documents', '1 2'],
    ['trailing comma', '[1,]'],
    ['leading zero', '01'],
    ['plus sign', '+1'],
    ['leading zero of a long number', '018446744073709551615'],
    ['bare word', 'NaN'],
    ['single quotes', "{'a':1}"],
    ['unescaped control character', '"\u0001"'],
    ['byte order mark', '\ufeff1'],
    ['unterminated', '{"a":'],
    ['duplicate key', '{"a":1,"a":2}'],
    ['duplicate key, equal values', '{"a":1,"a":1}'],
    ['duplicate key, equal values, large', '{"a":18446744073709551615,"a":18446744073709551615}'],
    ['duplicate key in depth', '[{"x":{"k":null,"k":null}}]'],
    ['duplicate key by escape', '{"a":1,"\\u0061":1}'],
    ['infinite', '1e400'],
    ['infinite among large', '[18446744073709551615,1e400]'],
    ['too deep', '['.repeat(200_000) + ']'.repeat(200_000)],
    ['too deep with a large number', `${'['.repeat(200_000)}18446744073709551615${']'.repeat(200_000)}`],
  ])('refuses %s as malformed', (_, text) => expect(refusal(text)).toBe('malformed'));

  it('keeps __proto__ an ordinary key', () => {
    const value = parseJson('{"__proto__":{"isAdmin":true}}') as object;
    expect(Object.keys(value)).toEqual(['__proto__']);
    expect('isAdmin' in value).toBe(false);
  });

  it('accepts exactly what JSON.parse accepts, with or without a large number beside it', () => {
    const text = fc.oneof(
      fc.json({ maxDepth: 4 }),
      fc.string(),
      fc
        .array(fc.constantFrom('{', '}', '[', ']', ',', ':', '"a"', '"b"', '1', '-', '.5', 'e3', 'true', ' '))
        .map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, (json) => {
        let expected: unknown;
        try {
          expected = JSON.parse(json);
        } catch {
          expect(refusal(json)).toBe('malformed');
          expect(refusal(`[${json},18446744073709551615]`)).toBe(refusal(`[${json},1]`));
          return;
        }
        // JSON.parse lets a duplicate through; the numbers of fc.json have fewer than 22 digits before the point.
        if (JSON.stringify(expected).match(/:/g)?.length !== json.match(/:/g)?.length) return;
        const big = parseJson(`[${json},18446744073709551615]`) as unknown[];
        expect(stringifyJson(big[0])).toBe(stringifyJson(parseJson(json)));
      }),
      { numRuns: 500 },
    );
  });
});

describe('stringifyJson', () => {
  it('writes what parseJson reads back', () => {
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 3 },
        fc.bigInt({ min: 2n ** 53n, max: 2n ** 128n }),
        fc.integer(),
        fc
          .double({ noNaN: true, noDefaultInfinity: true })
          .filter((n) => !Object.is(n, -0) && (!Number.isInteger(n) || Number.isSafeInteger(n))),
        fc.string(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('any'), { maxLength: 4 }),
        fc.dictionary(fc.string(), tie('any'), { maxKeys: 4, noNullPrototype: true }),
      ),
    })).any;
    fc.assert(
      fc.property(value, (json) => {
        expect(parseJson(stringifyJson(json))).toEqual(json);
      }),
    );
  });

  it('leaves out undefined members and refuses what has no JSON form', () => {
    expect(stringifyJson({ a: undefined, b: 1n })).toBe('{"b":1}');
    expect(() => stringifyJson({ a: Number.NaN })).toThrow(new RangeError('a: NaN has no JSON form'));
    expect(() => stringifyJson({ a: new Uint8Array(2) })).toThrow(TypeError);
    expect(() => stringifyJson(undefined)).toThrow(TypeError);
  });
});
