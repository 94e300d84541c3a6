import { describe, expect, it } from 'vitest';
import { showAmount } from '../../../src/app/text/amount.ts';
import { showPayload } from '../../../src/app/text/payload-text.ts';
import { safeText } from '../../../src/app/text/safe-text.ts';
import { distanceOf, spanOf } from '../../../src/app/text/words.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('text of strangers', () => {
  it.each([
    ['a\u202eb', 'a⟨U+202E⟩b'],
    ['a\u0007\u200b\ufeff', 'a⟨U+0007⟩⟨U+200B⟩⟨U+FEFF⟩'],
    ['two\nlines\t', 'two⏎lines⇥'],
    ['\ud800', '⟨U+D800⟩'],
    [`tag\u{e0041}`, 'tag⟨U+E0041⟩'],
    ['ordinary Ñandú 日本 😀', 'ordinary Ñandú 日本 😀'],
  ])('%j is shown as %j', (text, shown) => {
    expect(safeText(text, 80).text).toBe(shown);
  });

  it('is cut, and keeps at most two marks on a letter', () => {
    expect(safeText('x'.repeat(1_000_000), 64)).toEqual({ text: 'x'.repeat(64), cut: 999_936 });
    expect(safeText(`e${'\u0301'.repeat(50)}`, 80).text).toBe('e\u0301\u0301');
  });
});

describe('amounts', () => {
  it.each([
    [0n, '0', 'units', false],
    [5_000_000n, '5\u202f000\u202f000', 'units', false],
    [10n ** 18n, '1', 'AI', false],
    [15n * 10n ** 17n, '1.5', 'AI', false],
    [15_625_000_000_000_000n, '0.01562', 'AI', true],
    [1_234_567n * 10n ** 18n + 1n, '1\u202f234\u202f567', 'AI', true],
  ] as const)('%d', (amount, number, unit, isRounded) => {
    expect(showAmount(amount)).toMatchObject({ number, unit, isRounded });
  });
});

describe('inputs and outputs', () => {
  const opaque = (text: string, value: unknown = JSON.parse(text)) =>
    showPayload({ bytes: bytesOf(text), encoding: 'json', value }, false);

  it('are text, JSON, integers, tokens or hex', () => {
    expect(opaque('"hi"')).toEqual({ form: 'text', text: 'hi', cut: undefined });
    expect(opaque('{"a":1}')).toMatchObject({ form: 'JSON', text: '{\n  "a": 1\n}' });
    const int8 = { bytes: Uint8Array.of(255, 1), encoding: 'int8', value: [-1, 1] };
    expect(showPayload(int8, false)).toMatchObject({ form: 'integers', text: '-1 1' });
    const raw = { bytes: Uint8Array.of(222, 173), encoding: 'base64', value: '3q0=' };
    expect(showPayload(raw, false)).toMatchObject({ form: 'hex', text: 'dead' });
    const words = new Uint8Array(Uint32Array.from(bytesOf('Yes')).buffer);
    expect(showPayload({ bytes: words, encoding: 'base64', value: '' }, true)).toMatchObject({
      form: 'text',
      text: 'Yes',
    });
    const ids = new Uint8Array(Uint32Array.of(7, 30_000).buffer);
    expect(showPayload({ bytes: ids, encoding: 'base64', value: '' }, true)).toMatchObject({
      form: 'tokens',
      text: '7 30000',
    });
  });

  it('of a megabyte are bounded', () => {
    for (const encoding of ['json', 'base64']) {
      const text = JSON.stringify('y'.repeat(1_000_000));
      const shown = showPayload({ bytes: bytesOf(text), encoding, value: JSON.parse(text) }, false);
      expect(shown.text.length).toBeLessThan(5_000);
      expect(shown.cut).toMatch(/\d more (?:characters|bytes)/);
    }
  });
});

describe('times', () => {
  it('are distances in blocks, and spans', () => {
    expect(distanceOf(97, 100)).toBe('3 blocks ago');
    expect(distanceOf(99, 100)).toBe('1 block ago');
    expect(distanceOf(105, 100)).toBe('in 5 blocks');
    expect([spanOf(4_200), spanOf(61_000), spanOf(3 * 3_600_000)]).toEqual(['4 s', '1 min', '3 h']);
  });
});
