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
          file: `${EXECUTE}/operations/commit-result.ts`,
          old: 'if (committed.committed === committed.n) beginRevealing',
          new: 'if (committed.committed === committed.m) beginRevealing',
        },
      ],
      scenario: 'panels',
      seed: 11,
    },
  ],
};
