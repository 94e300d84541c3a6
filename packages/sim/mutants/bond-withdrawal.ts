import { type CheckerMutants, EXECUTE } from './mutant.ts';

export const bondWithdrawalMutants: CheckerMutants = {
  checker: 'bond-withdrawal',
  mutants: [
    {
      name: 'bond-withdrawal-short-wait',
      fault: 'a bond leaves after the challenge window instead of after its own wait',
      edits: [
        {
          file: `${EXECUTE}/operations/begin-unbond.ts`,
          old: 'withdrawableAtHeight: context.height + context.params.unbondBlocks,',
          new: 'withdrawableAtHeight: context.height + Number(context.config.challengeWindowBlocks),',
        },
      ],
      scenario: 'crowd',
      seed: 11,
    },
    {
      name: 'bond-withdrawal-reserved',
      fault: 'a bond leaves at once, whatever it answers for',
      edits: [
        {
          file: `${EXECUTE}/operations/withdraw-bond.ts`,
          old: `    provider.reserved === 0n &&
      provider.assigned.length === 0 &&
      provider.openResults === 0 &&
      provider.openSeats === 0,`,
          new: '    provider.reserved >= 0n,',
        },
        {
          file: `${EXECUTE}/operations/begin-unbond.ts`,
          old: 'withdrawableAtHeight: context.height + context.params.unbondBlocks,',
          new: 'withdrawableAtHeight: 1,',
        },
      ],
      scenario: 'crowd',
      seed: 11,
      says: 'open work',
    },
  ],
};
