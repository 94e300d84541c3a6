import { bytesToUtf8 } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import { canonicalizeJson, parseJson } from '@aivm/sdk';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const canonical = (json: string): string | undefined =>
  bytesToUtf8(canonicalizeJson(parseJson(json), 'input'));

const doubleOf = (hex: string): number => {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(`0x${hex}`));
  return view.getFloat64(0);
};

describe('canonicalizeJson', () => {
  it('gives the object of RFC 8785, 3.2.2', () => {
    const json =
      '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],' +
      '"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}';
    expect(canonical(json)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  it('sorts keys by UTF-16 code units, as in RFC 8785, 3.2.3', () => {
    const json =
      '{"\\u20ac":"Euro Sign","\\r":"Carriage Return","\\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One",' +
      '"\\ud83d\\ude00":"Emoji: Grinning Face","\\u0080":"Control","\\u00f6":"Latin Small Letter O With Diaeresis"}';
    const values = Object.values(JSON.parse(canonical(json) ?? '') as object);
    // JSON.parse moves the integer key "1" to the front, so it is looked at in the text.
    expect(canonical(json)?.startsWith('{"\\r":"Carriage Return","1":"One","\u0080":')).toBe(true);
    expect(values.filter((value) => value !== 'One')).toEqual([
      'Carriage Return',
      'Control',
      'Latin Small Letter O With Diaeresis',
      'Euro Sign',
      'Emoji: Grinning Face',
      'Hebrew Letter Dalet With Dagesh',
    ]);
  });

  // RFC 8785, appendix B, the numbers that are not integers beyond 2^53.
  it.each([
    ['0000000000000000', '0'],
    ['0000000000000001', '5e-324'],
    ['8000000000000001', '-5e-324'],
    ['7fefffffffffffff', '1.7976931348623157e+308'],
    ['ffefffffffffffff', '-1.7976931348623157e+308'],
    ['44b52d02c7e14af5', '9.999999999999997e+22'],
    ['44b52d02c7e14af6', '1e+23'],
    ['44b52d02c7e14af7', '1.0000000000000001e+23'],
    ['444b1ae4d6e2ef50', '1e+21'],
    ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
    ['3eb0c6f7a0b5ed8d', '0.000001'],
    ['41b3de4355555553', '333333333.3333332'],
    ['41b3de4355555555', '333333333.3333333'],
    ['becbf647612f3696', '-0.0000033333333333333333'],
    ['43143ff3c1cb0959', '1424953923781206.2'],
  ])('writes the double %s as %s', (hex, text) => {
    expect(bytesToUtf8(canonicalizeJson(doubleOf(hex)))).toBe(text);
  });

  it.each([
    [
      'a large integer',
      '{"a":[1,9007199254740992]}',
      'input.a[1]: 9007199254740992 is beyond 2^53, write it as a string',
    ],
    [
      'a large negative integer',
      '-9007199254740993',
      'input: -9007199254740993 is beyond 2^53, write it as a string',
    ],
    ['minus zero', '{"z":-0}', 'input.z: −0 is not canonical, write 0'],
    ['a lone surrogate', '["\\ud800"]', 'input[0]: a lone surrogate is not text'],
    ['a lone surrogate in a key', '{"\\udc00":1}', 'input: a lone surrogate is not text'],
  ])('refuses %s by name', (_, json, detail) => {
    expect(() => canonical(json)).toThrow(new AivmError('malformed', detail));
  });

  it.each([
    ['an infinite number', Number.POSITIVE_INFINITY],
    ['not a number', Number.NaN],
    ['an integer that a double lost', 2 ** 60],
    ['bytes', new Uint8Array(1) as never],
    ['undefined', undefined as never],
  ])('refuses %s', (_, value) => expect(() => canonicalizeJson(value)).toThrow(AivmError));

  it('is a fixed point and does not depend on the order of keys', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ unit: 'binary' }), fc.oneof(fc.integer(), fc.string()), {
          noNullPrototype: true,
        }),
        (value) => {
          const bytes = canonicalizeJson(value);
          const reversed = Object.fromEntries(Object.entries(value).reverse());
          expect(canonicalizeJson(reversed)).toEqual(bytes);
          expect(canonicalizeJson(parseJson(bytesToUtf8(bytes) ?? ''))).toEqual(bytes);
        },
      ),
    );
  });
});
