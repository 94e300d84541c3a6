import { type CheckerMutants, EXECUTE } from './mutant.ts';

export const windowsMutants: CheckerMutants = {
  checker: 'windows',
  mutants: [
    {
      name: 'windows-rounded-down',
      fault: 'the window of an attested answer is rounded down',
      edits: [
        {
          file: `${EXECUTE}/settlement/result-terms.ts`,
          old: 'Math.ceil((windowBlocks * (SCORE_SCALE - score)) / SCORE_SCALE);',
          new: 'Math.floor((windowBlocks * (SCORE_SCALE - score)) / SCORE_SCALE);',
        },
      ],
      scenario: 'attested',
      seed: 11,
    },
  ],
};
