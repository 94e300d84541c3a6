/**
 * Texts for the story decoder, each with how many bytes to go on. The decoder is in two minds about the last of them, so
 * that one wrong weight, row of keys or exponential shows in the answer.
 */
export const STORY_TEXTS: readonly (readonly [text: string, maxNew: number])[] = [
  ['A voice from the mountain said, ', 18],
  ['The queen answered him, ', 6],
  ['Call me ', 18],
  ['When the sun rose over the hills, the ', 10],
  ['My father had a small estate in ', 19],
  ['Then the old woman took the child and ', 6],
  ['I have never seen so ', 16],
  ['They came to a great city, and the ', 13],
];
