import { type CheckerMutants, EXECUTE } from './mutant.ts';

export const selfAccusationMutants: CheckerMutants = {
  checker: 'self-accusation',
  mutants: [
    {
      name: 'self-accusation-whole-share',
      fault: 'the challenger is rewarded with everything that is forfeited',
      edits: [
        {
          file: `${EXECUTE}/economy/conviction.ts`,
          old: '? basisPointsOf(forfeited, context.params.challengerShareBasisPoints)',
          new: '? basisPointsOf(forfeited, 10_000)',
        },
      ],
      scenario: 'pressure',
      seed: 11,
    },
  ],
};
