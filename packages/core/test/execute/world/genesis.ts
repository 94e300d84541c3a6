import { NOW, TEST_POLICY } from '@aivm/test-authority';
import { LISTED } from '../attestation-scenario.ts';
import { FAST } from '../scenario.ts';

/** A chain on which everything happens soon. */
export const GENESIS = {
  ...FAST,
  timestamp: NOW,
  attestation: { testRoots: TEST_POLICY.testRoots, policy: { ...LISTED, lifetimeSeconds: 200 } },
  config: {
    ...FAST.config,
    epochDuration: '60s',
    taskTimeout: '18s',
    maxTaskQueueSize: 8,
    redundancyFactor: 2,
    merkleAnchorFreq: 3,
  },
  // Few slots, so that timers slip to later heights and are refused; few tries, so that the cursor turns.
  params: {
    ...FAST.params,
    timerSlots: 2,
    assignmentTriesPerBlock: 6,
    rewardSubsidy: 1_000_003n,
    defaultDeadlineBlocks: 15,
    revealBlocks: 5,
    development: true,
  },
};
