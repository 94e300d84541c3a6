import { bytesToHex, hexToBytes, isHex } from '@aivm/core/bytes';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

describe('hex', () => {
  it('is what Buffer writes and reads back, in either case, with and without 0x', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const text = bytesToHex(bytes);
        expect(text).toBe(Buffer.from(bytes).toString('hex'));
        for (const form of [text, `0x${text}`, text.toUpperCase(), `0x${text.toUpperCase()}`]) {
          expect(isHex(form)).toBe(true);
          expect(hexToBytes(form)).toEqual(bytes);
        }
      }),
    );
  });

  it('writes every byte', () => {
    const all = Uint8Array.from({ length: 256 }, (_, i) => i);
    expect(bytesToHex(all)).toBe(Buffer.from(all).toString('hex'));
  });

  it.each(['0', '0x0', 'zz', '0g', '00 ', ' 00', '0X00', '0x0x', '00\n', '+1', '-1', '１２', '0x00\n'])(
    'refuses %j by name',
    (text) => {
      expect(isHex(text)).toBe(false);
      expect(() => hexToBytes(text, 'leaf')).toThrow(TypeError);
      expect(() => hexToBytes(text, 'leaf')).toThrow(/^leaf: expected an even number of hex digits, got /);
    },
  );

  it('does not repeat a long bad text in full', () => {
    expect(() => hexToBytes('x'.repeat(10_000))).toThrow(/^.{1,200}$/);
  });
});
