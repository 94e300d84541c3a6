import { type CheckerMutants, EXECUTE } from './mutant.ts';

export const panelTermsMutants: CheckerMutants = {
  checker: 'panel-terms',
  mutants: [
    {
      name: 'panel-terms-one-of-one',
      fault: 'a redundant task may have one seat',
      edits: [
        {
          file: `${EXECUTE}/tasks/terms.ts`,
          old: 'const SEATS_MIN = 3;',
          new: 'const SEATS_MIN = 1;',
        },
      ],
      scenario: 'tricks',
      seed: 11,
    },
  ],
};
