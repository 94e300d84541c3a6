import { shippedLiar, shippedProvider } from '../actors/shipped/shipped-provider.ts';
import { shippedRequester } from '../actors/shipped/shipped-requester.ts';
import { shippedWatcher } from '../actors/shipped/shipped-watcher.ts';
import { CALM } from '../world/network.ts';
import type { Scenario } from './scenario.ts';

/** The market as the packages that ship play it: provider, watcher and sender over HTTP, with one that lies. */
export const shipping: Scenario = {
  name: 'shipping',
  summary: 'providers, a watcher and a requester of the packages that ship, over HTTP, and a liar',
  plan: (random) => ({
    config: { challengeWindowBlocks: 16, taskTimeout: '12s' },
    nodeCount: 2,
    conditions: CALM,
    guarantees: { watched: true, timely: true },
    actors: [
      shippedProvider('h-1'),
      shippedProvider('h-2'),
      shippedProvider('h-3'),
      shippedRequester({ name: 'r-1', per100Rounds: random.between(55, 75), opaquePerMille: 100 }),
      shippedWatcher('w-1'),
      shippedLiar('liar-1', () => true),
    ],
  }),
};
