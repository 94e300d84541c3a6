import { type CheckerMutants, EXECUTE } from './mutant.ts';

export const leftoversMutants: CheckerMutants = {
  checker: 'leftovers',
  mutants: [
    {
      name: 'leftovers-not-released',
      fault: 'the reservation of a failed attempt is not released',
      edits: [
        {
          file: `${EXECUTE}/tasks/obligations.ts`,
          old: 'reserved: provider.reserved - task.reservation,',
          new: 'reserved: provider.reserved - (end.failed === true ? 0n : task.reservation),',
        },
      ],
      scenario: 'market',
      seed: 11,
    },
  ],
};
