import { bytesToUtf8, utf8ToBytes } from '@aivm/core/bytes';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const decodeByPlatform = (bytes: Uint8Array): string | undefined => {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
};

const isWellFormed = (text: string): boolean => decodeByPlatform(encoder.encode(text)) === text;

const anyText = fc.string({ unit: 'binary', maxLength: 40 });
const anyUnits = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0xd7fe, max: 0xe001 })))
  .map((units) => String.fromCharCode(...units));

describe('utf8ToBytes', () => {
  it('is what TextEncoder writes', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(utf8ToBytes(text)).toEqual(Uint8Array.from(encoder.encode(text)));
      }),
      { numRuns: 500 },
    );
  });

  it('refuses a lone surrogate, and only that', () => {
    fc.assert(
      fc.property(anyUnits, (text) => {
        if (isWellFormed(text)) expect(utf8ToBytes(text)).toEqual(Uint8Array.from(encoder.encode(text)));
        else expect(() => utf8ToBytes(text)).toThrow(TypeError);
      }),
      { numRuns: 500 },
    );
    for (const text of ['\ud800', '\udfff', 'a\udbff', '\udc00\ud800', '\ud800a']) {
      expect(() => utf8ToBytes(text)).toThrow(/lone surrogate/);
    }
  });
});

describe('bytesToUtf8', () => {
  it('reads back every text, a byte order mark included', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(bytesToUtf8(utf8ToBytes(text))).toBe(text);
        expect(bytesToUtf8(utf8ToBytes(`\ufeff${text}`))).toBe(`\ufeff${text}`);
      }),
    );
  });

  it('judges as a fatal TextDecoder does: random bytes, and texts with a byte changed or cut', () => {
    const broken = fc
      .tuple(anyText, fc.nat(), fc.integer({ min: 0, max: 255 }), fc.nat({ max: 3 }))
      .map(([text, at, byte, cut]) => {
        const bytes = Uint8Array.from(encoder.encode(`é${text}`));
        bytes[at % bytes.length] = byte;
        return bytes.subarray(0, bytes.length - cut);
      });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 8 }), broken), (bytes) => {
        expect(bytesToUtf8(bytes)).toBe(decodeByPlatform(bytes));
      }),
      { numRuns: 3000 },
    );
  });

  it('judges as a fatal TextDecoder does at every lead and second byte', () => {
    const wrong: string[] = [];
    const edges = [0x00, 0x7f, 0x80, 0xbf, 0xc0];
    for (let lead = 0; lead < 256; lead++) {
      for (let second = 0; second < 256; second++) {
        const forms = [[lead], [lead, second], ...edges.map((third) => [lead, second, third])];
        forms.push([lead, second, 0x80, 0x80], [lead, second, 0xbf, 0xbf], [lead, second, 0x80, 0x7f]);
        for (const form of lead < 0xe0 ? forms.slice(0, 2) : forms) {
          const bytes = Uint8Array.from(form);
          if (bytesToUtf8(bytes) !== decodeByPlatform(bytes)) wrong.push(form.join(' '));
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  it.each([
    ['an over-long NUL', [0xc0, 0x80]],
    ['an over-long slash in three bytes', [0xe0, 0x80, 0xaf]],
    ['an over-long point in four bytes', [0xf0, 0x8f, 0xbf, 0xbf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['a surrogate pair', [0xed, 0xa0, 0x80, 0xed, 0xb0, 0x80]],
    ['a point above 10FFFF', [0xf4, 0x90, 0x80, 0x80]],
    ['a lone continuation', [0x80]],
    ['a cut character', [0xe2, 0x82]],
    ['a lead of five bytes', [0xf8, 0x88, 0x80, 0x80, 0x80]],
  ])('refuses %s', (_, bytes) => {
    expect(bytesToUtf8(Uint8Array.from(bytes))).toBeUndefined();
  });
});
