import { type CheckerMutants, EXECUTE } from './mutant.ts';

export const agreementMutants: CheckerMutants = {
  checker: 'agreement',
  mutants: [
    {
      name: 'agreement-process-memory',
      fault: 'a draw goes on from where the last draw of this process ended',
      edits: [
        {
          file: `${EXECUTE}/assignment/candidates.ts`,
          old: 'function drawIndex(',
          new: 'let draws = 0;\nfunction drawIndex(',
        },
        {
          file: `${EXECUTE}/assignment/candidates.ts`,
          old: 'panel, round, seat, draw };',
          new: 'panel, round, seat, draw: draw + draws++ };',
        },
      ],
      scenario: 'market',
      seed: 11,
      executesEverywhere: true,
    },
  ],
};
