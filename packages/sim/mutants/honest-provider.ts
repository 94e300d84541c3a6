import { type CheckerMutants, EXECUTE } from './mutant.ts';

export const honestProviderMutants: CheckerMutants = {
  checker: 'honest-provider',
  mutants: [
    {
      name: 'honest-provider-believes-accuser',
      fault: 'a challenge is judged by what the challenger claims',
      edits: [
        {
          file: `${EXECUTE}/disputes/recompute.ts`,
          old: 'const isWrong = !equalBytes(posted, right);',
          new: 'const isWrong = !equalBytes(posted, challenge.output);',
        },
      ],
      scenario: 'courtroom',
      seed: 11,
    },
  ],
};
