import { type CheckerMutants, EXECUTE } from './mutant.ts';

export const commitRevealMutants: CheckerMutants = {
  checker: 'commit-reveal',
  mutants: [
    {
      name: 'commit-reveal-unbound',
      fault: 'a commitment is not bound to its provider',
      edits: [
        {
          file: `${EXECUTE}/panels/commitment.ts`,
          old: 'serialize(commitmentCodec, { ...commitment, voteHash: hashVote(commitment) }));',
          new: "serialize(commitmentCodec, { ...commitment, provider: 'x', voteHash: hashVote(commitment) }));",
        },
      ],
      scenario: 'panels',
      seed: 11,
    },
    {
      name: 'commit-reveal-early',
      fault: 'reveals begin when a majority has committed',
      edits: [
        {
          file: `${EXECUTE}/panels/commit-phase.ts`,
          old: 'if (committed === panel.drawn) return endCommitting',
          new: 'if (committed === panel.m) return endCommitting',
        },
      ],
      scenario: 'panels',
      seed: 11,
    },
  ],
};
