import { expect, it } from 'vitest';
import { toJsonLine } from '../src/json-line.ts';

it('writes bigints exactly, bytes as hex, and leaves undefined out', () => {
  const value = {
    n: 18446744073709551615n,
    bytes: Uint8Array.of(0, 255),
    none: undefined,
    list: [1, 'a', null, true],
  };
  expect(toJsonLine(value)).toBe('{"n":18446744073709551615,"bytes":"0x00ff","list":[1,"a",null,true]}');
});

it('never breaks the line', () => {
  expect(toJsonLine({ text: 'a\nb' })).not.toContain('\n');
});

it('refuses what JSON cannot say', () => {
  expect(() => toJsonLine({ f: () => 1 })).toThrow(TypeError);
});
