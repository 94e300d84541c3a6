import { blockFiller } from '../actors/block-filler.ts';
import { seatHolder } from '../actors/seat-holder.ts';
import { shippedLiar, shippedProvider } from '../actors/shipped/shipped-provider.ts';
import { shippedRequester } from '../actors/shipped/shipped-requester.ts';
import { shippedWatcher } from '../actors/shipped/shipped-watcher.ts';
import { CALM } from '../world/network.ts';
import type { Scenario } from './scenario.ts';

/** Panels of shipping providers while somebody holds seats and fills blocks. */
export const shippingPanels: Scenario = {
  name: 'shipping-panels',
  summary: 'redundant tasks of shipping providers, with seats held, blocks filled and one that lies',
  plan: (random) => ({
    config: { challengeWindowBlocks: 16, taskTimeout: '16s' },
    params: { revealBlocks: 12, maxDeadlineBlocks: 80, maxBlockTransactions: 16 },
    nodeCount: 2,
    conditions: CALM,
    guarantees: { watched: true, timely: true },
    actors: [
      ...['h-1', 'h-2', 'h-3', 'h-4', 'h-5'].map((id) => shippedProvider(id)),
      shippedRequester({ name: 'r-1', per100Rounds: random.between(10, 14), redundantPerMille: 600 }),
      shippedWatcher('w-1'),
      shippedLiar('liar-1', () => true),
      seatHolder('s-1', { burst: 3, every: 25 }),
      blockFiller('f-1', { accounts: 2, each: 8 }),
    ],
  }),
};
