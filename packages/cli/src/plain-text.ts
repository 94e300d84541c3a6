/**
 * What moves a cursor, changes a terminal or turns lines around: C0, DEL and C1 (line breaks included), marks and
 * overrides of direction, line and paragraph separators, and halves of surrogate pairs.
 */
const UNSAFE = /\p{Cc}|[\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]|\p{Surrogate}/gu;

const escapeOf = (character: string): string => {
  if (character === '\n') return '\\n';
  if (character === '\t') return '\\t';
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
};

/**
 * Text of others on one line of a terminal: every character that a terminal obeys is shown as its escape. Ids, outputs,
 * errors and names come from anybody.
 * @example plainText('\u001b[2Kdone') // '\\u001b[2Kdone'
 */
export const plainText = (text: string): string => text.replace(UNSAFE, escapeOf);
