/**
 * Characters that show nothing or turn others around: controls, marks and overrides of direction, invisible separators
 * and joiners, tags, and halves of surrogate pairs.
 */
const UNSEEN =
  /\p{Cc}|\p{Cf}|\p{Zl}|\p{Zp}|\p{Variation_Selector}|[\u115f\u1160\u17b4\u17b5\u3164\uffa0]|\p{Surrogate}/gu;

const nameOf = (character: string): string => {
  if (character === '\n') return '⏎';
  if (character === '\t') return '⇥';
  return `⟨U+${(character.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, '0')}⟩`;
};

/** Marks that stack on a letter: more than two in a row would draw over the lines around. */
const STACKED = /(\p{M}{2})\p{M}+/gu;

/** Text of others, cut. */
export interface SafeText {
  readonly text: string;
  /** How many characters (UTF-16 units) were cut off. */
  readonly cut: number;
}

/**
 * Text of others as it may be shown on one line: bounded, and every character that a reader would not see, or that
 * would turn the line around, shown by its name.
 *
 * @example safeText('a\u202eb', 80) // { text: 'a⟨U+202E⟩b', cut: 0 }
 */
export function safeText(text: string, lengthMax: number): SafeText {
  const kept = text.slice(0, lengthMax);
  return { text: kept.replace(STACKED, '$1').replace(UNSEEN, nameOf), cut: text.length - kept.length };
}
