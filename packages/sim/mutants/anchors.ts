import { type CheckerMutants, EXECUTE } from './mutant.ts';

export const anchorsMutants: CheckerMutants = {
  checker: 'anchors',
  mutants: [
    {
      name: 'anchors-stale-parent',
      fault: 'an anchor does not become the parent of the next one',
      edits: [
        {
          file: `${EXECUTE}/epochs/anchors.ts`,
          old: 'updateChain(context, () => ({ anchorCommit: commitRoot, anchorCount: anchorCount + 1n }));',
          new: 'updateChain(context, () => ({ anchorCount: anchorCount + 1n }));',
        },
      ],
      scenario: 'market',
      seed: 11,
    },
    {
      name: 'anchors-left-out',
      fault: 'every other anchor is left out',
      edits: [
        {
          file: `${EXECUTE}/epochs/anchors.ts`,
          old: 'if (height === 0 || height % config.merkleAnchorFreq !== 0) return;',
          new: 'if (height === 0 || height % (2 * config.merkleAnchorFreq) !== 0) return;',
        },
      ],
      scenario: 'market',
      seed: 11,
    },
  ],
};
