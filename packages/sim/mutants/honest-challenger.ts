import { type CheckerMutants, EXECUTE } from './mutant.ts';

export const honestChallengerMutants: CheckerMutants = {
  checker: 'honest-challenger',
  mutants: [
    {
      name: 'honest-challenger-inexact',
      fault: 'a false result stands where the challenger is wrong as well',
      edits: [
        {
          file: `${EXECUTE}/disputes/int8-kernel.ts`,
          old: 'const upheld = !equalBytes(posted, right);',
          new: 'const upheld = !equalBytes(posted, right) && equalBytes(challenge.output, right);',
        },
      ],
      scenario: 'courtroom',
      seed: 11,
    },
  ],
};
