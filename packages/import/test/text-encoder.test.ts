import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openTokenizer, tokenizerOfHeader } from '@aivm/core/network';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ImportedModel, importModel } from '../src/index.ts';
import { SENTENCES, VOCABULARY, writeSmallEncoder } from './small-encoder.ts';
import { modelPath } from './test-models.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aivm-encoder-'));
  await writeSmallEncoder(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const importFolder = (
  options: { readonly tokenizer?: string; readonly calibration?: string } = {},
): Promise<ImportedModel> =>
  importModel(folder, { name: 'encoder', calibration: join(folder, 'sentences.json'), ...options });

function encodeWith({ header, blob }: ImportedModel, text: string): readonly number[] {
  const tokenizer = tokenizerOfHeader(header);
  if (tokenizer === undefined) throw new Error('the header names no tokenizer');
  const { place, bytes } = tokenizer;
  return openTokenizer(header, tokenizer, blob.subarray(place, place + bytes)).encode(text);
}

const tokensOf = (...tokens: readonly string[]): readonly number[] =>
  tokens.map((token) => VOCABULARY.indexOf(token));

/** A tokenizer.json over the same vocabulary. */
const tokenizerJson = (change: object = {}) =>
  JSON.stringify({
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      vocab: Object.fromEntries(VOCABULARY.map((token, i) => [token, i])),
    },
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [
        { SpecialToken: { id: '[CLS]' } },
        { Sequence: { id: 'A' } },
        { SpecialToken: { id: '[SEP]' } },
      ],
    },
    added_tokens: ['[CLS]', '[SEP]'].map((content) => ({ content, normalized: false })),
    ...change,
  });

describe('a sentence encoder with its tokenizer', () => {
  it('is calibrated with texts, agrees with the floats, and carries the vocabulary behind its weights', async () => {
    const model = await importFolder();
    expect(model.report.agreement.leastCosine).toBeGreaterThan(0.999);
    const wanted = tokensOf('[CLS]', 'the', 'king', '##s', 's', '##a', '##y', '!', '[SEP]');
    expect(encodeWith(model, 'The KINGS say!')).toEqual(wanted);
    expect(model.report.remarks).not.toContainEqual(expect.stringContaining('tokenizer'));
  });

  it('reads tokenizer.json as vocab.txt, from another folder too', async () => {
    const other = await mkdtemp(join(tmpdir(), 'aivm-tokenizer-'));
    await writeFile(join(other, 'tokenizer.json'), tokenizerJson());
    const model = await importFolder({ tokenizer: other });
    for (const text of SENTENCES)
      expect(encodeWith(model, text)).toEqual(encodeWith(await importFolder(), text));
    await rm(other, { recursive: true });
  });

  it.each([
    [{ model: { type: 'BPE' } }, /the tokenizer is not carried \(model is "BPE"; known is "WordPiece"\)/],
    [{ normalizer: null }, /normalizer is null; known is "BertNormalizer"/],
    [{ post_processor: { type: 'ByteLevel' } }, /post_processor is "ByteLevel"/],
    [{ added_tokens: [{ content: '<x>', lstrip: true }] }, /added_tokens: "<x>" has a rule of its own/],
    [
      { model: { type: 'WordPiece', vocab: { '[UNK]': 1 } } },
      /model\.vocab: number 0 has no token of one line/,
    ],
  ])('refuses a tokenizer that a network cannot carry: %j', async (change, message) => {
    const other = await mkdtemp(join(tmpdir(), 'aivm-tokenizer-'));
    await writeFile(join(other, 'tokenizer.json'), tokenizerJson(change));
    await expect(importFolder({ tokenizer: other })).rejects.toThrow(message);
    await rm(other, { recursive: true });
  });

  it('refuses a folder without one, and more tokens than the model has', async () => {
    const empty = await mkdtemp(join(tmpdir(), 'aivm-tokenizer-'));
    await expect(importFolder({ tokenizer: empty })).rejects.toThrow(
      'it has neither tokenizer.json nor vocab.txt',
    );
    await writeFile(join(empty, 'vocab.txt'), `${[...VOCABULARY, 'more'].join('\n')}\n`);
    await expect(importFolder({ tokenizer: empty })).rejects.toThrow(
      /the tokenizer has \d+ tokens; the model has \d+/,
    );
    await rm(empty, { recursive: true });
  });

  it('refuses texts where no tokenizer makes tokens of them', async () => {
    const calibration = join(folder, 'sentences.json');
    const mlp = importModel(modelPath('mlp.onnx'), { name: 'mlp', calibration });
    await expect(mlp).rejects.toThrow('sample 0 is a text; the model has no tokenizer');
    expect(JSON.parse(await readFile(calibration, 'utf8'))).toHaveLength(SENTENCES.length);
  });
});
