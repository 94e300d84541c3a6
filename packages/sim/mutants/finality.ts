import { type CheckerMutants, EXECUTE } from './mutant.ts';

export const finalityMutants: CheckerMutants = {
  checker: 'finality',
  mutants: [
    {
      name: 'finality-window-short',
      fault: 'the window of a result ends one block early',
      edits: [
        {
          file: `${EXECUTE}/settlement/optimistic.ts`,
          old: 'const endsAt = context.height + windowBlocks;',
          new: 'const endsAt = context.height + windowBlocks - 1;',
        },
      ],
      scenario: 'market',
      seed: 11,
    },
  ],
};
