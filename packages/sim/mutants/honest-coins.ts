import { type CheckerMutants, EXECUTE } from './mutant.ts';

export const honestCoinsMutants: CheckerMutants = {
  checker: 'honest-coins',
  mutants: [
    {
      name: 'honest-coins-refund-short',
      fault: 'a task that ends without a result gives back a tenth less than was paid in',
      edits: [
        {
          file: `${EXECUTE}/settlement/attempt.ts`,
          old: 'credit(context, task.requester, task.escrow);',
          new: 'credit(context, task.requester, task.escrow - task.escrow / 10n);',
        },
      ],
      scenario: 'panels',
      seed: 11,
    },
    {
      name: 'honest-coins-weights-by-name',
      fault: 'a worker remembers weights by the name of their model',
      edits: [
        {
          file: 'packages/worker/src/backend/model-source.ts',
          old: 'const parametersOf = async (weightHash: Uint8Array): Promise<Uint8Array> => {\n    const key = bytesToHex(weightHash);',
          new: 'const parametersOf = async (weightHash: Uint8Array, id: string): Promise<Uint8Array> => {\n    const key = id;',
        },
        {
          file: 'packages/worker/src/backend/model-source.ts',
          old: 'await parametersOf(weightHash) : NO_PARAMETERS',
          new: 'await parametersOf(weightHash, id) : NO_PARAMETERS',
        },
      ],
      scenario: 'shipping-malice',
      seed: 11,
    },
  ],
};
