import { type CheckerMutants, EXECUTE } from './mutant.ts';

export const falseResultMutants: CheckerMutants = {
  checker: 'false-result',
  mutants: [
    {
      name: 'false-result-tolerance',
      fault: 'the judge lets an output pass that is off by one',
      edits: [
        {
          file: `${EXECUTE}/disputes/int8-kernel.ts`,
          old: 'const upheld = !equalBytes(posted, right);',
          new: 'const upheld = Math.abs((posted[0] ?? 0) - (right[0] ?? 0)) > 1;',
        },
      ],
      scenario: 'courtroom',
      seed: 11,
    },
  ],
};
