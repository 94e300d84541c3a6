import { type CheckerMutants, EXECUTE } from './mutant.ts';

export const forfeitureMutants: CheckerMutants = {
  checker: 'forfeiture',
  mutants: [
    {
      name: 'forfeiture-whole-bond',
      fault: 'a conviction takes the whole bond',
      edits: [
        {
          file: `${EXECUTE}/economy/conviction.ts`,
          old: 'const forfeited = minBigint(provider.bond, due);',
          new: 'const forfeited = provider.bond < due ? due : provider.bond;',
        },
      ],
      scenario: 'market',
      seed: 11,
    },
    {
      name: 'forfeiture-least-bond',
      fault: 'a conviction takes the least bond, whatever else the bond answers for',
      edits: [
        {
          file: `${EXECUTE}/economy/conviction.ts`,
          old: 'const due = maxBigint(context.config.minProviderBond, provider.reserved);',
          new: 'const due = maxBigint(context.config.minProviderBond, 0n);',
        },
      ],
      scenario: 'tricks',
      seed: 11,
      says: 'at least',
    },
  ],
};
