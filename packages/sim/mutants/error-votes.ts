import { type CheckerMutants, EXECUTE } from './mutant.ts';

export const errorVotesMutants: CheckerMutants = {
  checker: 'error-votes',
  mutants: [
    {
      name: 'error-votes-free',
      fault: 'a member that says alone that it cannot pays nothing',
      edits: [
        {
          file: `${EXECUTE}/panels/vote.ts`,
          old: "    if (vote.majority?.includes(placed) !== true) chargeSeat(context, task, placed, 'error');",
          new: '    void placed;',
        },
      ],
      scenario: 'tricks',
      seed: 11,
    },
  ],
};
