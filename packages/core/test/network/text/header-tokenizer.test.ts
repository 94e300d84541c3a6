import { describe, expect, it } from 'vitest';
import {
  type HeaderTokenizer,
  openTokenizer,
  tokenizerOfHeader,
  tokenizerToNotes,
} from '../../../src/network/index.ts';

const LINES = '[UNK]\n[CLS]\n[SEP]\nking\n##s\n';
const bytes = new TextEncoder().encode(LINES);
const tokenizer: HeaderTokenizer = {
  ...{ kind: 'wordpiece', place: 128, bytes: bytes.length },
  rules: {
    ...{ cleanText: true, splitChinese: true, stripAccents: true, lowercase: true },
    ...{ unknown: '[UNK]', begin: '[CLS]', end: '[SEP]', prefix: '##', wordCharactersMax: 100 },
    whole: ['[CLS]'],
  },
};
const header = (change: object = {}, blobBytes = 256) => ({
  blobBytes,
  notes: JSON.stringify({ name: 'x', tokenizer: { ...tokenizerToNotes(tokenizer), ...change } }),
});

describe('the tokenizer in the notes of a header', () => {
  it('is what was written, and makes tokens of texts', () => {
    expect(tokenizerOfHeader(header())).toEqual(tokenizer);
    expect(openTokenizer({ vocabulary: 5 }, tokenizer, bytes).encode('Kings!')).toEqual([1, 3, 4, 0, 2]);
  });

  it('is not there in notes that do not have it, whatever they are', () => {
    for (const notes of ['', 'words', '{}', '[]', 'null', '{"name":"story"}'])
      expect(tokenizerOfHeader({ notes, blobBytes: 0 })).toBeUndefined();
  });

  it.each([
    [{ bytes: 257 }, /tokenizer\.bytes: expected an integer 0…256, got 257/],
    [{ place: 256 - bytes.length + 1 }, /tokenizer\.place: expected an integer 0…/],
    [{ place: -1 }, /tokenizer\.place/],
    [{ lowercase: 1 }, /tokenizer\.lowercase: expected true or false, got 1/],
    [{ wordCharactersMax: 257 }, /tokenizer\.wordCharactersMax: expected an integer 0…256/],
    [{ whole: ['a', 1] }, /tokenizer\.whole: expected a list/],
    [{ unknown: 'x'.repeat(257) }, /tokenizer\.unknown: expected a text/],
    [{ kind: 'bpe' }, /tokenizer\.kind: "bpe"; known is "wordpiece"/],
  ])('is refused by name: %j', (change, message) => {
    expect(() => tokenizerOfHeader(header(change))).toThrow(message);
  });

  it('takes no more tokens than the network has, no bytes that are no text, and no vocabulary without its ends', () => {
    const open = (most: number, from: Uint8Array) => openTokenizer({ vocabulary: most }, tokenizer, from);
    expect(() => open(4, bytes)).toThrow('vocabulary: 5 tokens; the network has 4');
    expect(() => open(5, Uint8Array.of(0xff))).toThrow('vocabulary: it is no UTF-8');
    expect(() => open(5, new TextEncoder().encode('[UNK]\n[CLS]\n'))).toThrow('it lacks the token "[SEP]"');
    expect(open(5, new TextEncoder().encode(LINES.replaceAll('\n', '\r\n'))).encode('king')).toEqual([
      1, 3, 2,
    ]);
  });
});
