import type { CheckerMutants } from './mutant.ts';

export const programsMutants: CheckerMutants = {
  checker: 'programs',
  mutants: [
    {
      name: 'programs-trusts-answers',
      fault: 'a worker ends at the first answer of a node that it cannot use',
      edits: [
        {
          file: 'packages/worker/src/transient.ts',
          old: 'export const ALWAYS = { isWorth: () => true } as const;',
          new: 'export const ALWAYS = { isWorth: () => false } as const;',
        },
      ],
      scenario: 'shipping-malice',
      seed: 13,
    },
  ],
};
