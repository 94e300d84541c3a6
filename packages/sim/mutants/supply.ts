import { type CheckerMutants, EXECUTE } from './mutant.ts';

export const supplyMutants: CheckerMutants = {
  checker: 'supply',
  mutants: [
    {
      name: 'supply-double-credit',
      fault: 'a provider is paid its whole part, and the fee that was burned of it as well',
      edits: [
        {
          file: `${EXECUTE}/settlement/complete.ts`,
          old: 'credit(context, provider.wallet, amount - feeBurn);',
          new: 'credit(context, provider.wallet, amount);',
        },
      ],
      scenario: 'market',
      seed: 11,
    },
  ],
};
