/** One replacement in one file of the sources. */
export interface Edit {
  /** From the root of the repository. */
  readonly file: string;
  /** Stands in the file exactly once: a mutant whose text is gone is no mutant. */
  readonly old: string;
  readonly new: string;
}

/** A realistic fault, put into a copy of the code that one checker guards, and a run that reaches it. */
export interface Mutant {
  /** Short and unique; begins with the checker's name. */
  readonly name: string;
  /** The fault in words, as somebody would confess it. */
  readonly fault: string;
  readonly edits: readonly Edit[];
  /** The run that meets it. Without the fault it must find nothing wrong. */
  readonly scenario: string;
  readonly seed: number;
  /** Every node executes every block itself, where sharing the work would hide the fault. */
  readonly executesEverywhere?: true;
  /** Part of what the checker says, where it watches several things and this mutant is there for one of them. */
  readonly says?: string;
}

/** A checker with the faults that it must see by itself, every other checker being switched off. */
export interface CheckerMutants {
  readonly checker: string;
  readonly mutants: readonly Mutant[];
}

/** Where core executes blocks. */
export const EXECUTE = 'packages/core/src/execute';

/** How often a text stands in another. */
export const countOf = (text: string, part: string): number => text.split(part).length - 1;

/**
 * A file's text with a mutant's faults.
 * @throws Error where an old text does not stand there exactly once.
 */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  let mutated = text;
  for (const { file, old, new: replacement } of edits) {
    const times = countOf(mutated, old);
    if (times !== 1) throw new Error(`${file}: expected once, found ${times} times:\n${old}`);
    mutated = mutated.replace(old, () => replacement);
  }
  return mutated;
}
