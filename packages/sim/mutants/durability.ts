import type { CheckerMutants } from './mutant.ts';

export const durabilityMutants: CheckerMutants = {
  checker: 'durability',
  mutants: [
    {
      name: 'durability-unsynced',
      fault: 'an accepted block is acknowledged before it is synced',
      edits: [
        {
          file: 'packages/node/src/chain/chain.ts',
          old: 'await this.store.batch(operations, { sync: true });',
          new: 'await this.store.batch(operations, { sync: false });',
        },
      ],
      scenario: 'faults',
      seed: 11,
    },
    {
      name: 'durability-two-batches',
      fault: 'the head of a block is written before the rest',
      edits: [
        {
          file: 'packages/node/src/chain/chain.ts',
          old: 'await this.store.batch(operations, { sync: true });',
          new: `await this.store.batch(operations.slice(-1), { sync: true });
      await this.store.batch(operations.slice(0, -1), { sync: true });`,
        },
      ],
      scenario: 'faults',
      seed: 12,
      says: 'does not start again',
    },
  ],
};
