import { type CheckerMutants, EXECUTE } from './mutant.ts';

export const falseResultMutants: CheckerMutants = {
  checker: 'false-result',
  mutants: [
    {
      name: 'false-result-tolerance',
      fault: 'the judge lets an output pass that is off by one',
      edits: [
        {
          file: `${EXECUTE}/disputes/recompute.ts`,
          old: 'const isWrong = !equalBytes(posted, right);',
          new: 'const isWrong = Math.abs((posted[0] ?? 0) - (right[0] ?? 0)) > 1;',
        },
      ],
      scenario: 'courtroom',
      seed: 11,
    },
  ],
};
