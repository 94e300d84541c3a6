import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AivmError } from '@aivm/core/errors';
import type { WordPieceRules } from '@aivm/core/network';

type Members = Readonly<Record<string, unknown>>;

/** A tokenizer that a network can carry: its rules, and its vocabulary as the blob has it. */
export interface SourceTokenizer {
  readonly rules: WordPieceRules;
  /** UTF-8, a token a line. */
  readonly vocabulary: Uint8Array;
}

/** What a folder says of a tokenizer; `remark` says why there is none that a network can carry. */
export interface FolderTokenizer {
  readonly tokenizer?: SourceTokenizer;
  readonly remark?: string;
}

const WORD_CHARACTERS = 100;
const PREFIX = '##';
/** Tokens that texts may name, where the vocabulary has them. */
const SPECIAL = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];

/** Why a tokenizer cannot be carried. */
class Unsupported extends Error {}

const membersOf = (value: unknown): Members => Object(value) as Members;

async function readText(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new AivmError('not_found', `${path}: ${error.message}`);
  });
}

async function readJson(path: string): Promise<Members | undefined> {
  const text = await readText(path);
  if (text === undefined) return undefined;
  try {
    return membersOf(JSON.parse(text));
  } catch {
    throw new AivmError('malformed', `${path}: no JSON`);
  }
}

function requireType(what: string, value: unknown, type: string): Members {
  const members = membersOf(value);
  if (members.type !== type)
    throw new Unsupported(`${what} is ${JSON.stringify(members.type ?? null)}; known is "${type}"`);
  return members;
}

/** The tokens at the ends of a text, of the template `begin A end`. */
function endsOf(processor: unknown): { readonly begin: string; readonly end: string } {
  const { type, single, cls, sep } = membersOf(processor);
  if (type === 'BertProcessing' && Array.isArray(cls) && Array.isArray(sep))
    return { begin: String(cls[0]), end: String(sep[0]) };
  if (type !== 'TemplateProcessing' || !Array.isArray(single))
    throw new Unsupported(`post_processor is ${JSON.stringify(type ?? null)}; known is "TemplateProcessing"`);
  const special = (part: unknown): string | undefined =>
    membersOf(membersOf(part).SpecialToken).id as string | undefined;
  const place = single.findIndex((part) => membersOf(part).Sequence !== undefined);
  if (place < 0 || place > 1 || single.length > place + 2)
    throw new Unsupported('post_processor: a text has more than one token at an end');
  return {
    begin: place === 1 ? (special(single[0]) ?? '') : '',
    end: single.length > place + 1 ? (special(single[place + 1]) ?? '') : '',
  };
}

/** Added tokens that stand for themselves in a text. */
function wholeTokens(added: unknown): readonly string[] {
  if (!Array.isArray(added)) return [];
  return added.map((entry) => {
    const { content, normalized, single_word, lstrip, rstrip } = membersOf(entry);
    if ([normalized, single_word, lstrip, rstrip].some((one) => one === true))
      throw new Unsupported(`added_tokens: "${String(content)}" has a rule of its own`);
    return String(content);
  });
}

function linesOf(vocabulary: unknown): readonly string[] {
  const entries = Object.entries(membersOf(vocabulary)).sort(([, a], [, b]) => Number(a) - Number(b));
  const gap = entries.findIndex(([token, number], i) => number !== i || token.includes('\n'));
  if (gap >= 0) throw new Unsupported(`model.vocab: number ${gap} has no token of one line`);
  return entries.map(([token]) => token);
}

function ofTokenizerJson(file: Members): {
  readonly rules: WordPieceRules;
  readonly lines: readonly string[];
} {
  const model = requireType('model', file.model, 'WordPiece');
  const normalizer = requireType('normalizer', file.normalizer, 'BertNormalizer');
  requireType('pre_tokenizer', file.pre_tokenizer, 'BertPreTokenizer');
  const lowercase = normalizer.lowercase !== false;
  return {
    lines: linesOf(model.vocab),
    rules: {
      cleanText: normalizer.clean_text !== false,
      splitChinese: normalizer.handle_chinese_chars !== false,
      stripAccents: typeof normalizer.strip_accents === 'boolean' ? normalizer.strip_accents : lowercase,
      lowercase,
      unknown: String(model.unk_token ?? '[UNK]'),
      ...endsOf(file.post_processor),
      prefix: String(model.continuing_subword_prefix ?? PREFIX),
      wordCharactersMax: Number(model.max_input_chars_per_word ?? WORD_CHARACTERS),
      whole: wholeTokens(file.added_tokens),
    },
  };
}

/** A folder of the older kind: a vocabulary, and settings that may be missing. */
function ofVocabulary(text: string, settings: Members) {
  const lines = text.split('\n').map((line) => line.trimEnd());
  if (lines.at(-1) === '') lines.pop();
  const nameOf = (member: string, usual: string): string => {
    const value = settings[member];
    return typeof value === 'string' ? value : String(membersOf(value).content ?? usual);
  };
  const lowercase = settings.do_lower_case !== false;
  const rules: WordPieceRules = {
    cleanText: true,
    splitChinese: settings.tokenize_chinese_chars !== false,
    stripAccents: typeof settings.strip_accents === 'boolean' ? settings.strip_accents : lowercase,
    lowercase,
    unknown: nameOf('unk_token', '[UNK]'),
    begin: nameOf('cls_token', '[CLS]'),
    end: nameOf('sep_token', '[SEP]'),
    prefix: PREFIX,
    wordCharactersMax: WORD_CHARACTERS,
    whole: SPECIAL.filter((token) => lines.includes(token)),
  };
  return { rules, lines };
}

/**
 * The WordPiece tokenizer of a folder: tokenizer.json, or vocab.txt with tokenizer_config.json.
 * @throws AivmError `not_found` for a file that cannot be read, `malformed` for one that is no JSON
 */
export async function readTokenizer(folder: string): Promise<FolderTokenizer> {
  try {
    const file = await readJson(join(folder, 'tokenizer.json'));
    const vocabulary = file === undefined ? await readText(join(folder, 'vocab.txt')) : undefined;
    if (file === undefined && vocabulary === undefined) return {};
    const { rules, lines } =
      file === undefined
        ? ofVocabulary(vocabulary as string, (await readJson(join(folder, 'tokenizer_config.json'))) ?? {})
        : ofTokenizerJson(file);
    return { tokenizer: { rules, vocabulary: new TextEncoder().encode(`${lines.join('\n')}\n`) } };
  } catch (error) {
    if (!(error instanceof Unsupported)) throw error;
    return { remark: `tasks take tokens, not texts: the tokenizer is not carried (${error.message})` };
  }
}
