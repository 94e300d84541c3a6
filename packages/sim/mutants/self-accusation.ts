import { type CheckerMutants, EXECUTE } from './mutant.ts';

export const selfAccusationMutants: CheckerMutants = {
  checker: 'self-accusation',
  mutants: [
    {
      name: 'self-accusation-whole-share',
      fault: 'every challenger of a block is rewarded with everything that is forfeited',
      edits: [
        {
          file: `${EXECUTE}/disputes/settle-proofs.ts`,
          old: 'return basisPointsOf(base, params.challengerShareBasisPoints);',
          new: 'return basisPointsOf(base, 10_000 + 0 * params.challengerShareBasisPoints);',
        },
        {
          file: `${EXECUTE}/disputes/settle-proofs.ts`,
          old: 'const share = (reward * weight) / total;',
          new: 'const share = total === 0n ? weight : reward;',
        },
        {
          file: `${EXECUTE}/disputes/settle-proofs.ts`,
          old: 'burn(context, forfeited - rewarded);',
          new: 'burn(context, 0n);',
        },
      ],
      scenario: 'pressure',
      seed: 11,
    },
  ],
};
