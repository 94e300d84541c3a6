import { crashFault } from '../actors/crash-fault.ts';
import { partitionFault } from '../actors/partition-fault.ts';
import { shippedLiar, shippedProvider } from '../actors/shipped/shipped-provider.ts';
import { shippedRequester } from '../actors/shipped/shipped-requester.ts';
import { shippedWatcher } from '../actors/shipped/shipped-watcher.ts';
import { SHAKY } from '../world/network.ts';
import type { Scenario } from './scenario.ts';

/** Shipping programs whose machines, nodes and network fail. */
export const shippingFaults: Scenario = {
  name: 'shipping-faults',
  summary:
    'shipping providers, watcher and requester that lose power, nodes that crash, requests that are lost',
  plan: (random) => ({
    config: { challengeWindowBlocks: 30, taskTimeout: '40s' },
    params: { maxDeadlineBlocks: 200, revealBlocks: 40 },
    nodeCount: 3,
    conditions: SHAKY,
    guarantees: { watched: false, timely: false },
    actors: [
      crashFault(random.between(10, 30)),
      partitionFault(random.between(10, 30)),
      ...['h-1', 'h-2', 'h-3'].map((id) => shippedProvider(id, { crashPerMille: 15 })),
      shippedRequester({
        name: 'r-1',
        per100Rounds: random.between(45, 60),
        redundantPerMille: 60,
        crashPerMille: 15,
      }),
      shippedWatcher('w-1', { crashPerMille: 15 }),
      shippedLiar('liar-1', () => true),
    ],
  }),
};
