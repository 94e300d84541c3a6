import type { Genesis } from '@aivm/core';
import { people, testGenesis } from '../../packages/node/test/support/test-genesis.ts';

/** Who sends the transactions of the measured blocks. */
export const SENDERS = people(53);

/** The chain of the benchmark: no anchors and no epochs' ends within it, so that every block does the same work. */
export const GENESIS: Genesis = testGenesis(SENDERS, {
  config: { challengeWindowBlocks: 5, taskTimeout: '9s', merkleAnchorFreq: 1_000_000 },
});
