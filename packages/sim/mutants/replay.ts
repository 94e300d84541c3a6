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
          old: 'tx.chainId === chainId && equalBytes(tx.genesisHash, genesisHash),',
          new: 'tx.chainId > 0n && genesisHash.length === 32,',
        },
      ],
      scenario: 'crowd',
      seed: 11,
    },
    {
      name: 'replay-same-chain-id',
      fault: 'a signature for another chain of the same id is taken',
      edits: [
        {
          file: `${EXECUTE}/block/apply-transaction.ts`,
          old: 'tx.chainId === chainId && equalBytes(tx.genesisHash, genesisHash),',
          new: 'tx.chainId === chainId && genesisHash.length === 32,',
        },
      ],
      scenario: 'crowd',
      seed: 13,
    },
    {
      name: 'replay-expired',
      fault: 'a transaction is executed after its expiry',
      edits: [
        {
          file: `${EXECUTE}/block/apply-transaction.ts`,
          old: '!isExpired(tx, context.height),',
          new: '!isExpired(tx, 0),',
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
