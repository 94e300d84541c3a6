import type { CheckerMutants } from './mutant.ts';

export const receiptsMutants: CheckerMutants = {
  checker: 'receipts',
  mutants: [
    {
      name: 'receipts-odd-leaf',
      fault: 'the last leaf of an odd log is paired with itself',
      edits: [
        {
          file: 'packages/core/src/state/receipts-tree/subtrees.ts',
          old: 'else if (node !== undefined) node = hashPair(node, zeroSubtree(below));',
          new: 'else if (node !== undefined) node = hashPair(node, node);',
        },
      ],
      scenario: 'market',
      seed: 11,
    },
    {
      name: 'receipts-unbound-count',
      fault: 'a proof holds whatever count it names',
      edits: [
        {
          file: 'packages/core/src/state/receipts-tree/receipt-proof.ts',
          old: 'return equalBytes(mixInCount(node, count), root);',
          new: 'return [count - 1, count, count + 1].some((of) => of > 0 && equalBytes(mixInCount(node, of), root));',
        },
      ],
      scenario: 'market',
      seed: 11,
    },
  ],
};
