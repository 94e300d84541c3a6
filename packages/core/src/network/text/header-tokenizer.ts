import { bytesToUtf8 } from '../../bytes/utf8.ts';
import { AivmError } from '../../errors/aivm-error.ts';
import type { NetworkHeader } from '../header/header.ts';
import { createWordPiece, type WordPiece, type WordPieceRules } from './word-piece.ts';

/** What a header's notes say of the tokenizer of a network, as their member `tokenizer`. */
export interface HeaderTokenizer {
  readonly kind: 'wordpiece';
  /** Where the vocabulary is in the blob: UTF-8, one token a line, line i is token i. */
  readonly place: number;
  /** Of the vocabulary. */
  readonly bytes: number;
  readonly rules: WordPieceRules;
}

/** Vocabularies of real encoders have 0.2 to 3 MiB. */
const VOCABULARY_BYTES_MAX = 8 * 2 ** 20;
const WORD_CHARACTERS_MAX = 256;
const WHOLE_MAX = 64;
const TOKEN_CHARACTERS_MAX = 256;

type Members = Readonly<Record<string, unknown>>;

const refuse = (member: string, wanted: string, value: unknown): never => {
  throw new AivmError(
    'malformed',
    `notes: tokenizer.${member}: expected ${wanted}, got ${String(JSON.stringify(value)).slice(0, 60)}`,
  );
};

function flag(members: Members, name: string): boolean {
  const value = members[name];
  return typeof value === 'boolean' ? value : refuse(name, 'true or false', value);
}

function word(members: Members, name: string): string {
  const value = members[name];
  return typeof value === 'string' && value.length <= TOKEN_CHARACTERS_MAX
    ? value
    : refuse(name, `a text of at most ${TOKEN_CHARACTERS_MAX} characters`, value);
}

function count(members: Members, name: string, most: number): number {
  const value = members[name];
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= most
    ? (value as number)
    : refuse(name, `an integer 0…${most}`, value);
}

function words(members: Members, name: string): readonly string[] {
  const value = members[name];
  const isList = Array.isArray(value) && value.length <= WHOLE_MAX;
  return isList && value.every((one) => typeof one === 'string' && one.length <= TOKEN_CHARACTERS_MAX)
    ? (value as readonly string[])
    : refuse(name, `a list of at most ${WHOLE_MAX} texts`, value);
}

const rulesOf = (members: Members): WordPieceRules => ({
  cleanText: flag(members, 'cleanText'),
  splitChinese: flag(members, 'splitChinese'),
  stripAccents: flag(members, 'stripAccents'),
  lowercase: flag(members, 'lowercase'),
  unknown: word(members, 'unknown'),
  begin: word(members, 'begin'),
  end: word(members, 'end'),
  prefix: word(members, 'prefix'),
  wordCharactersMax: count(members, 'wordCharactersMax', WORD_CHARACTERS_MAX),
  whole: words(members, 'whole'),
});

function tokenizerMember(notes: string): Members | undefined {
  let value: unknown;
  try {
    value = JSON.parse(notes);
  } catch {
    return undefined;
  }
  const { tokenizer } = Object(value) as Members;
  return tokenizer === undefined ? undefined : (Object(tokenizer) as Members);
}

/**
 * The tokenizer that a header names, undefined where it names none. Consensus does not read it; whoever makes a task of a
 * text does, and what the text becomes is in the task.
 * @throws AivmError `malformed` that names the member, `not_supported` for a kind that this program does not know
 */
export function tokenizerOfHeader({
  notes,
  blobBytes,
}: Pick<NetworkHeader, 'notes' | 'blobBytes'>): HeaderTokenizer | undefined {
  const members = tokenizerMember(notes);
  if (members === undefined) return undefined;
  if (members.kind !== 'wordpiece')
    throw new AivmError(
      'not_supported',
      `notes: tokenizer.kind: ${String(JSON.stringify(members.kind)).slice(0, 60)}; known is "wordpiece"`,
    );
  const bytes = count(members, 'bytes', Math.min(VOCABULARY_BYTES_MAX, blobBytes));
  return {
    kind: 'wordpiece',
    bytes,
    place: count(members, 'place', blobBytes - bytes),
    rules: rulesOf(members),
  };
}

/** A tokenizer as the notes of a header have it. */
export const tokenizerToNotes = ({ kind, place, bytes, rules }: HeaderTokenizer): Members => ({
  kind,
  place,
  bytes,
  ...rules,
});

/**
 * The tokenizer over the bytes of the blob that the header names.
 * @param bytes `tokenizer.bytes` of them
 * @throws AivmError `malformed` where they are no vocabulary of this network
 */
export function openTokenizer(
  { vocabulary: most }: Pick<NetworkHeader, 'vocabulary'>,
  { rules }: HeaderTokenizer,
  bytes: Uint8Array,
): WordPiece {
  const text = bytesToUtf8(bytes);
  if (text === undefined) throw new AivmError('malformed', 'vocabulary: it is no UTF-8');
  const lines = text.split('\n').map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
  if (lines.at(-1) === '') lines.pop();
  if (lines.length > most)
    throw new AivmError('malformed', `vocabulary: ${lines.length} tokens; the network has ${most}`);
  try {
    return createWordPiece(lines, rules);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new AivmError('malformed', cause.message, { cause });
  }
}
