import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createWordPiece, type WordPieceRules } from '../../../src/network/index.ts';

/** What the library `tokenizers` makes of each text; scripts/models/import/tokenizer_vectors.py writes it. */
const { vocabulary, texts, cases } = JSON.parse(
  readFileSync(new URL('word-piece.json', import.meta.url), 'utf8'),
) as {
  readonly vocabulary: readonly string[];
  readonly texts: readonly string[];
  readonly cases: readonly {
    readonly rules: { readonly lowercase: boolean; readonly strip_accents?: boolean };
    readonly tokens: readonly (readonly number[])[];
  }[];
};

const rules: WordPieceRules = {
  cleanText: true,
  splitChinese: true,
  stripAccents: true,
  lowercase: true,
  unknown: '[UNK]',
  begin: '[CLS]',
  end: '[SEP]',
  prefix: '##',
  wordCharactersMax: 100,
  whole: ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'],
};

describe('WordPiece', () => {
  it.each(cases)('makes the tokens of the library that models are trained with, $rules', (one) => {
    expect(texts.length).toBeGreaterThanOrEqual(200);
    const { lowercase, strip_accents: stripAccents = lowercase } = one.rules;
    const own = createWordPiece(vocabulary, { ...rules, lowercase, stripAccents });
    const wrong = texts.flatMap((text, i) => {
      const tokens = own.encode(text);
      return JSON.stringify(tokens) === JSON.stringify(one.tokens[i])
        ? []
        : [{ text, tokens, wanted: one.tokens[i] }];
    });
    expect(wrong).toEqual([]);
  });

  it('takes the longest token, and leaves a word that it cannot spell unknown', () => {
    const own = createWordPiece(['?', 'ab', 'abc', '##d', '##de', 'a'], {
      ...rules,
      ...{ unknown: '?', begin: '', end: '', whole: [] },
    });
    expect(own.encode('abcde ab abd abx')).toEqual([2, 4, 1, 1, 3, 0]);
    expect(own.encode('')).toEqual([]);
  });

  it('drops halves of characters, which have no UTF-8 form', () => {
    const own = createWordPiece(vocabulary, rules);
    expect(own.encode('a\ud800b')).toEqual(own.encode('ab'));
  });

  it('refuses a vocabulary without the tokens that its rules name', () => {
    expect(() => createWordPiece(['a'], rules)).toThrow('vocabulary: it lacks the token "[UNK]"');
  });
});
