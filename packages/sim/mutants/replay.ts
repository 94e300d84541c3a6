import { type CheckerMutants, EXECUTE } from './mutant.ts';

export const replayMutants: CheckerMutants = {
  checker: 'replay',
  mutants: [
    {
      name: 'replay-foreign-chain',
      fault: 'a signature for another chain is taken',
      edits: [
        {
          file: `${EXECUTE}/block/apply-transaction.ts`,
          old: 'tx.chainId === chainId,',
          new: 'tx.chainId > 0n,',
        },
      ],
      scenario: 'crowd',
      seed: 11,
    },
    {
      name: 'replay-old-nonce',
      fault: 'a nonce that was used is taken again',
      edits: [
        {
          file: `${EXECUTE}/block/apply-transaction.ts`,
          old: 'tx.nonce >= account.nonce,',
          new: 'tx.nonce >= 0n,',
        },
        {
          file: `${EXECUTE}/block/apply-transaction.ts`,
          old: 'tx.nonce === account.nonce,',
          new: 'tx.nonce <= account.nonce,',
        },
      ],
      scenario: 'crowd',
      seed: 11,
    },
  ],
};
