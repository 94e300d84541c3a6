import type { Genesis } from '@aivm/core/execute';
import { people, testGenesis } from '../../packages/node/test/support/test-genesis.ts';

/** Who sends the transactions of the measured blocks. */
export const SENDERS = people(53);

/**
 * The chain of the benchmark: no anchors within it, so that every block does the same work, and a queue with room for
 * the new tasks of every round, which nobody answers.
 */
export const GENESIS: Genesis = testGenesis(SENDERS, {
  config: {
    challengeWindowBlocks: 5,
    taskTimeout: '9s',
    merkleAnchorFreq: 1_000_000,
    maxTaskQueueSize: 100_000,
  },
});
