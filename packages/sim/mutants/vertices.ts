import type { CheckerMutants } from './mutant.ts';

const CONFLICTS = 'packages/core/src/block/vertex-conflicts.ts';

export const verticesMutants: CheckerMutants = {
  checker: 'vertices',
  mutants: [
    {
      name: 'vertices-no-conflict',
      fault: 'two vertices about one task are both accepted and executed, whatever way lies between them',
      edits: [
        {
          file: CONFLICTS,
          old: '  return !isVertexAncestor(low, high, find);',
          new: '  return !isVertexAncestor(low, high, find) && false;',
        },
        {
          file: CONFLICTS,
          old: '      return last !== undefined && (ancestors & (1n << BigInt(last))) === 0n;',
          new: '      return last !== undefined && (ancestors & (1n << BigInt(last))) === 0n && false;',
        },
      ],
      scenario: 'vertices',
      seed: 1,
    },
    {
      name: 'vertices-by-arrival',
      fault: 'a node executes vertices in the order in which it heard of them',
      edits: [
        {
          file: 'packages/node/src/vertices/vertex-set.ts',
          old: '    const inOrder = [...this.#accepted.values()].sort(compareVertices);',
          new: '    const inOrder = [...this.#accepted.values()];',
        },
      ],
      scenario: 'vertices',
      seed: 1,
    },
  ],
};
