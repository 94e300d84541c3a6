import { type CheckerMutants, EXECUTE } from './mutant.ts';

export const commitRevealMutants: CheckerMutants = {
  checker: 'commit-reveal',
  mutants: [
    {
      name: 'commit-reveal-unbound',
      fault: 'a commitment is not bound to its provider',
      edits: [
        {
          file: `${EXECUTE}/panels/panel-store.ts`,
          old: "serialize(commitmentCodec, { ...commitment, outputHash: namedHash('Output', output) }),",
          new: "serialize(commitmentCodec, { ...commitment, provider: 'x', outputHash: namedHash('Output', output) }),",
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
