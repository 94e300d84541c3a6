import { shippedNetworkLiar, shippedProvider } from '../actors/shipped/shipped-provider.ts';
import { shippedRequester } from '../actors/shipped/shipped-requester.ts';
import { shippedWatcher } from '../actors/shipped/shipped-watcher.ts';
import { CALM } from '../world/network.ts';
import { honestEngine, lyingEngine } from '../world/sim-network.ts';
import type { Scenario } from './scenario.ts';

/** Results of an integer network, and the games about them, played by the packages that ship on both sides. */
export const shippingNetworks: Scenario = {
  name: 'shipping-networks',
  summary:
    'shipping providers and watchers of an integer network; a provider that lies, a watcher that slanders',
  plan: (random) => ({
    config: { challengeWindowBlocks: 24, taskTimeout: '30s' },
    params: { maxDeadlineBlocks: 120, unbondBlocks: 7_000 },
    hasNetwork: true,
    nodeCount: 2,
    conditions: CALM,
    guarantees: { watched: true, timely: true },
    actors: [
      ...['h-1', 'h-2', 'h-3'].map((id) => shippedProvider(id, { engine: honestEngine })),
      shippedRequester({ name: 'r-1', per100Rounds: random.between(40, 50), networkPerMille: 600 }),
      shippedWatcher('w-1', { engine: honestEngine }),
      shippedNetworkLiar('liar-1'),
      shippedWatcher('slander-1', { engine: lyingEngine, kind: 'shipped-slanderer', isHonest: false }),
    ],
  }),
};
