import { type CheckerMutants, EXECUTE } from './mutant.ts';

export const honestProviderMutants: CheckerMutants = {
  checker: 'honest-provider',
  mutants: [
    {
      name: 'honest-provider-believes-accuser',
      fault: 'a challenge is judged by what the challenger claims',
      edits: [
        {
          file: `${EXECUTE}/disputes/int8-kernel.ts`,
          old: 'const upheld = !equalBytes(posted, right);',
          new: 'const upheld = !equalBytes(posted, challenge.output);',
        },
      ],
      scenario: 'courtroom',
      seed: 11,
    },
  ],
};
