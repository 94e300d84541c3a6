import { crashFault } from '../actors/crash-fault.ts';
import { honestProvider } from '../actors/honest-provider.ts';
import { lazyProvider } from '../actors/lazy-provider.ts';
import { partitionFault } from '../actors/partition-fault.ts';
import { reorgFault } from '../actors/reorg-fault.ts';
import { requester } from '../actors/requester.ts';
import { watcher } from '../actors/watcher.ts';
import { ROUGH } from '../world/network.ts';
import type { Scenario } from './scenario.ts';

/** Machines die, the network falls apart, branches are given up; the protocol goes on. */
export const faults: Scenario = {
  name: 'faults',
  summary: 'three nodes that crash in the middle of writes, partitions, lost messages, forks',
  plan: (random) => ({
    // A committed block may wait for a node to come back: answers and challenges take longer here.
    config: { taskTimeout: '16s', challengeWindowBlocks: 16 },
    params: { maxDeadlineBlocks: 80, revealBlocks: 16 },
    nodeCount: 3,
    conditions: ROUGH,
    guarantees: { watched: true, timely: true },
    actors: [
      crashFault(random.between(20, 60)),
      partitionFault(random.between(20, 60)),
      reorgFault(random.between(30, 90)),
      honestProvider('h-1'),
      honestProvider('h-2'),
      honestProvider('h-3'),
      requester({ name: 'r-1', per100Rounds: random.between(50, 70), redundantPerMille: 100 }),
      watcher('w-1'),
      lazyProvider('lazy-1', random.between(0, 60)),
    ],
  }),
};
