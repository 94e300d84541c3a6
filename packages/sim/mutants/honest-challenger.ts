import { type CheckerMutants, EXECUTE } from './mutant.ts';

export const honestChallengerMutants: CheckerMutants = {
  checker: 'honest-challenger',
  mutants: [
    {
      name: 'honest-challenger-inexact',
      fault: 'a false result stands where the challenger is wrong as well',
      edits: [
        {
          file: `${EXECUTE}/disputes/recompute.ts`,
          old: 'const isWrong = !equalBytes(posted, right);',
          new: 'const isWrong = !equalBytes(posted, right) && equalBytes(challenge.output, right);',
        },
      ],
      scenario: 'courtroom',
      seed: 11,
    },
  ],
};
