/** How a tokenizer of the WordPiece kind reads a text, as BERT's do. Consensus does not read it: tasks carry tokens. */
export interface WordPieceRules {
  /** Whether control characters go and every white space is a space. */
  readonly cleanText: boolean;
  /** Whether each Chinese character is a word. */
  readonly splitChinese: boolean;
  readonly stripAccents: boolean;
  readonly lowercase: boolean;
  /** Stands for a word that the vocabulary cannot spell. */
  readonly unknown: string;
  /** Before the first token and behind the last one; empty: nothing. */
  readonly begin: string;
  readonly end: string;
  /** Begins the tokens that go on within a word. */
  readonly prefix: string;
  /** Longer words are unknown. */
  readonly wordCharactersMax: number;
  /** Tokens that stand for themselves wherever a text has them, such as "[MASK]". */
  readonly whole: readonly string[];
}

/** Tokens of texts. */
export interface WordPiece {
  /** Number of tokens. */
  readonly size: number;
  /** The tokens of a text, those at its ends included: indices into the vocabulary. */
  encode(text: string): readonly number[];
}

/** What the tokenizers of the reference library take for Chinese; their last bound but one is as they have it. */
const CHINESE =
  /[\u4e00-\u9fff\u3400-\u4dbf\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b920}-\u{2ceaf}\uf900-\ufaff\u{2f800}-\u{2fa1f}]/gu;
const REMOVED = /(?![\t\n\r])[\p{Cc}\p{Cf}\p{Co}\p{Cs}\0\ufffd]/gu;
const SPACE = /\p{White_Space}/gu;
const ACCENT = /\p{Mn}/gu;
/** Every sign is a word of its own: what Unicode calls punctuation, and all of ASCII that is no letter, digit or space. */
const WORD = /[\p{P}!-/:-@[-`{-~]|[^\p{P}!-/:-@[-`{-~\p{White_Space}]+/gu;

/** Character by character: the small form of one does not depend on its neighbours, as that of Σ would. */
const toLower = (text: string): string => {
  let lower = '';
  for (const character of text) lower += character.toLowerCase();
  return lower;
};

function normalize(text: string, rules: WordPieceRules): string {
  let normal = text;
  if (rules.cleanText) normal = normal.replace(REMOVED, '').replace(SPACE, ' ');
  if (rules.splitChinese) normal = normal.replace(CHINESE, ' $& ');
  if (rules.stripAccents) normal = normal.normalize('NFD').replace(ACCENT, '');
  return rules.lowercase ? toLower(normal) : normal;
}

const escapeRegExp = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/** The longest first, so that a token which begins another does not hide it. */
function patternOf(whole: readonly string[]): RegExp | undefined {
  const sorted = whole.filter((token) => token !== '').sort((left, right) => right.length - left.length);
  return sorted.length === 0 ? undefined : new RegExp(`(${sorted.map(escapeRegExp).join('|')})`, 'u');
}

/**
 * A WordPiece tokenizer over a vocabulary, one token for each index: it takes the longest token that begins the rest of a
 * word, again and again.
 * @param vocabulary tokens in the order of their numbers
 * @throws RangeError where the vocabulary lacks a token that the rules name
 * @example createWordPiece(['[UNK]', 'a', '##b'], rules).encode('ab a') // [1, 2, 1]
 */
export function createWordPiece(vocabulary: readonly string[], rules: WordPieceRules): WordPiece {
  const numbers = new Map(vocabulary.map((token, index) => [token, index]));
  const numberOf = (token: string): number => {
    const number = numbers.get(token);
    if (number === undefined) throw new RangeError(`vocabulary: it lacks the token "${token}"`);
    return number;
  };
  const unknown = numberOf(rules.unknown);
  const begin = rules.begin === '' ? [] : [numberOf(rules.begin)];
  const end = rules.end === '' ? [] : [numberOf(rules.end)];
  const whole = new Map(rules.whole.map((token) => [token, numberOf(token)]));
  const pattern = patternOf(rules.whole);

  const piecesOf = (word: string): readonly number[] => {
    const characters = [...word];
    if (characters.length > rules.wordCharactersMax) return [unknown];
    const pieces: number[] = [];
    for (let start = 0; start < characters.length; ) {
      const before = start === 0 ? '' : rules.prefix;
      let stop = characters.length;
      let piece: number | undefined;
      for (; stop > start && piece === undefined; stop--)
        piece = numbers.get(before + characters.slice(start, stop).join(''));
      if (piece === undefined) return [unknown];
      pieces.push(piece);
      start = stop + 1;
    }
    return pieces;
  };

  return {
    size: vocabulary.length,
    encode: (text) => {
      const tokens: number[] = [...begin];
      for (const part of pattern === undefined ? [text] : text.split(pattern)) {
        const itself = whole.get(part);
        if (itself !== undefined) tokens.push(itself);
        else
          for (const [word] of normalize(part, rules).matchAll(WORD))
            for (const piece of piecesOf(word)) tokens.push(piece);
      }
      tokens.push(...end);
      return tokens;
    },
  };
}
