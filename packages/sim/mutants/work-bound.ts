import { type CheckerMutants, EXECUTE } from './mutant.ts';

export const workBoundMutants: CheckerMutants = {
  checker: 'work-bound',
  mutants: [
    {
      name: 'work-bound-history',
      fault: 'every block writes the ids of all blocks before it',
      edits: [
        {
          file: `${EXECUTE}/attestation/recent-blocks.ts`,
          old: '  state.setRecord(stateKeys.recentBlock(place), recentBlockCodec, { height: height - 1, id: parentId });',
          new: `  for (let at = 0; at <= Math.max(place, height - 1); at++)
    state.setRecord(stateKeys.recentBlock(at), recentBlockCodec, { height: height - 1, id: parentId });`,
        },
      ],
      scenario: 'market',
      seed: 11,
      says: 'keys changed',
    },
  ],
};
