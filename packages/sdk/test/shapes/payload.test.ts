import { utf8ToBytes } from '@aivm/core/bytes';
import { CheckClass } from '@aivm/core/state';
import { describe, expect, it } from 'vitest';
import { bytesToBase64, bytesToPayload, payloadToBytes } from '../../src/index.ts';

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

describe('bytes of an opaque model, shown', () => {
  it.each([
    ['an integer beyond 2^53', '9007199254740993'],
    ['a large integer with an exponent', '1e20'],
    ['minus zero', '-0'],
    ['a number beyond doubles', '1e999'],
    ['a lone surrogate', '"\\ud800"'],
    ['a lone surrogate as a key', '{"\\ud800":1}'],
    ['a key twice', '{"a":1,"a":2}'],
    ['deep nesting', nested(65)],
    ['very deep nesting', nested(9_000)],
    ['no JSON', '\u0000'],
    ['nothing', ''],
  ])('shows %s as base64', (_, text) => {
    const bytes = utf8ToBytes(text);
    expect(bytesToPayload(bytes, CheckClass.opaque)).toEqual({
      value: bytesToBase64(bytes),
      encoding: 'base64',
    });
  });

  it.each(['{"a":[1,2.5,null,true,"é"]}', '1e+30', '" 0 "', nested(64)])('shows %s as itself', (text) => {
    const { value, encoding } = bytesToPayload(utf8ToBytes(text), CheckClass.opaque);
    expect(encoding).toBe('json');
    expect(payloadToBytes(value, CheckClass.opaque, 'value')).toEqual(utf8ToBytes(text));
  });

  it('shows JSON that is not in canonical form, whose bytes are others', () => {
    const bytes = utf8ToBytes('{ "b": 1.0, "a": 2 }');
    expect(bytesToPayload(bytes, CheckClass.opaque)).toEqual({ value: { b: 1, a: 2 }, encoding: 'json' });
  });
});
